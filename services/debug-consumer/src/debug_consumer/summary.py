"""The end of it: what was seen, as text for a person and as JSON for a program."""

import json
from collections import Counter
from enum import StrEnum
from typing import NamedTuple

from debug_consumer.sequences import RunReport
from debug_consumer.tally import ExitCode, Tally

MOST = 20
SPANS = 5
_WHY_NOTHING = {
    ExitCode.NOTHING_ARRIVED: "nothing arrived",
    ExitCode.BROKER_NOT_REACHED: "nothing arrived, and the broker does not answer",
}


class Ended(StrEnum):
    """Why a run came to its end."""

    MAX_EVENTS = "--max-events reached"
    TIMEOUT = "no more within --timeout"
    SIGNAL = "stopped"


class Summary(NamedTuple):
    """What a run came to; `runs` are judged by where the partitions stood at the end."""

    topic: str
    ended: Ended
    elapsed_s: float
    tally: Tally
    runs: list[RunReport]
    exit_code: ExitCode


def text_summary(summary: Summary) -> str:
    """Write the summary as lines for a person."""
    tally = summary.tally
    noun = "record" if tally.records == 1 else "records"
    seen = f"{tally.records} {noun} of {summary.topic} in {summary.elapsed_s:.1f} s"
    lines = [f"{seen} ({summary.ended}): {tally.valid} valid, {tally.invalid} invalid"]
    for name, counts in _counts(tally).items():
        if counts:
            lines.append(f"  {name:<8} {_listed(counts)}")
    lines += [f"  {'run':<8} {_run_line(run)}" for run in _worst_first(summary.runs)]
    if tally.damaged:
        lines.append(f"  {'damaged':<8} {tally.damaged} on the broker's disk, and left out")
    if tally.odd_keys:
        lines.append(f"  {'key':<8} {tally.odd_keys} valid, but with a key that is not the symbol")
    if tally.sequences.overflowed:
        lines.append(f"  {'run':<8} too many runs or gaps: not all are followed")
    if summary.exit_code in _WHY_NOTHING:
        lines.append(f"  {_WHY_NOTHING[summary.exit_code]}")
    return "\n".join(lines)


def json_summary(summary: Summary) -> str:
    """Write the summary as one JSON object, in ASCII."""
    tally = summary.tally
    return json.dumps(
        {
            "type": "summary",
            "topic": summary.topic,
            "ended": summary.ended.name.lower(),
            "elapsed_s": round(summary.elapsed_s, 3),
            "records": tally.records,
            "valid": tally.valid,
            "invalid": tally.invalid,
            **{f"by_{name}": dict(counts) for name, counts in _counts(tally).items()},
            "damaged": tally.damaged,
            "odd_keys": tally.odd_keys,
            "runs": [
                run._asdict() | {"missing": run.missing_count, "missing_spans": run.missing[:MOST]}
                for run in _worst_first(summary.runs)
            ],
            "runs_overflowed": tally.sequences.overflowed,
            "exit_code": int(summary.exit_code),
        }
    )


def _counts(tally: Tally) -> dict[str, Counter[str]]:
    return {
        "kind": tally.kinds,
        "symbol": tally.symbols,
        "source": tally.sources,
        "reason": tally.reasons,
        "refused": tally.refused,
    }


def _listed(counts: Counter[str]) -> str:
    shown = [f"{name} {count}" for name, count in counts.most_common(MOST)]
    rest = len(counts) - len(shown)
    return ", ".join([*shown, f"and {rest} more"] if rest else shown)


def _worst_first(runs: list[RunReport]) -> list[RunReport]:
    order = sorted(runs, key=lambda run: run.missing_count + run.repeated, reverse=True)
    return order[:MOST]


def _run_line(run: RunReport) -> str:
    parts = [f"{run.run}: {run.first} to {run.last}"]
    spans = [str(a) if a == b else f"{a} to {b}" for a, b in run.missing[:SPANS]]
    if run.missing:
        more = ", …" if len(run.missing) > SPANS else ""
        parts.append(f"{run.missing_count} missing ({', '.join(spans)}{more})")
    if run.repeated:
        parts.append(f"{run.repeated} repeated")
    if run.undecided:
        parts.append(f"{run.undecided} not decided: not all partitions were read that far")
    return ", ".join([*parts, "no gap"] if len(parts) == 1 else parts)
