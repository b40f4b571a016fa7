"""Catch up with a backlog at the job's default pace or in one batch, several times in a process.

Usage: ``catch_up.py TOPIC DRAINS OUT PACE``, where PACE is ``default`` or ``one-batch``. Prints a
line of JSON for each drain: the batches, the most records in one, the rate from the first batch's
end on (for one batch: that of all of it), in records a second, and the most memory that the
container has used so far, in MiB.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

from job import drain
from usage import peak_mib

from contracts.settings import load
from spark_job.reading.plan import Plan
from spark_job.settings import JobSettings

_PACES = ("default", "one-batch")


class AllAtOnce:
    """The size of a batch that takes in whatever there is."""

    most_records = sys.maxsize

    def learn(self, _before: Plan, _batch: Plan, _windows: int, _took_s: float) -> None:
        """Take nothing in."""

    def fitting(self, _before: Plan, _watermark_ms: int, records: int) -> int:
        """Give all."""
        return records


def summary(batches: list[dict]) -> dict[str, float]:
    """Sum up the progress of a query's batches, which begin at an empty checkpoint."""
    reads = [it for it in batches if _read(it)]
    ends_s = [_begin_s(it) + it["durationMs"]["triggerExecution"] / 1000 for it in reads]
    records = [_read(it) for it in reads]
    if len(reads) == 1:
        rate = records[0] / (ends_s[0] - _begin_s(reads[0]))
    else:
        rate = sum(records[1:]) / (ends_s[-1] - ends_s[0])
    return {"batches": len(reads), "most_records": max(records), "rate": round(rate)}


def _read(batch: dict) -> int:
    source = batch["sources"][0]
    before, after = (_offsets(source[name]) for name in ("startOffset", "endOffset"))
    return sum(offset - before.get(it, 0) for it, offset in after.items())


def _offsets(offset: dict | str | None) -> dict[str, int]:
    decoded = json.loads(offset) if isinstance(offset, str) else offset or {}
    return next((it for it in decoded.values() if isinstance(it, dict)), {})


def _begin_s(batch: dict) -> float:
    return datetime.fromisoformat(batch["timestamp"]).timestamp()


def main() -> None:
    """Catch up."""
    topic, drains, out, pace = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    if pace not in _PACES:
        raise SystemExit(f"PACE is one of {', '.join(_PACES)}, not {pace}")
    settings = load(JobSettings).model_copy(update={"kafka_topic": topic})
    for number in range(1, drains + 1):
        batches, _ = drain(
            settings, out / str(number), AllAtOnce() if pace == "one-batch" else None
        )
        figures = {"pace": pace, "drain": number, **summary(batches), "peak_mib": round(peak_mib())}
        print(json.dumps(figures), flush=True)  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
