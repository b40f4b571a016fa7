"""What the services say of themselves in their status files, for the rules."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from contracts.status import (
    JobDetails,
    ProducerDetails,
    Status,
    read_job,
    read_producer,
)
from contracts.times import epoch_us

SILENT_US = 30_000_000
"""A service whose file is no newer tells nothing any more."""

_JOB = "spark-job.json"
_RESTING = frozenset({"market_closed", "finished"})


class Statuses(NamedTuple):
    """What the status files of the producers, by name, and of the job say."""

    producers: Mapping[str, Status[ProducerDetails]]
    job: Status[JobDetails] | None

    def resting(self, now_us: int) -> frozenset[str]:
        """Give the sources of which no quotes are to be expected at a moment.

        Their market is closed, all is played, or the provider is not asked before a later time. A
        producer that tells nothing any more says nothing of its market either.
        """
        return frozenset(
            it.details.feed
            for it in self.producers.values()
            if now_us - epoch_us(it.updated_at) <= SILENT_US and _is_resting(it, now_us)
        )


def _is_resting(producer: Status[ProducerDetails], now_us: int) -> bool:
    budget = producer.details.budget
    due = producer.details.next_quote_at or (budget.next_call_at if budget else None)
    return producer.state in _RESTING or (due is not None and epoch_us(due) > now_us)


def read_statuses(folder: Path) -> Statuses:
    """Read the status files; one that cannot be read counts as not there."""
    producers: dict[str, Status[ProducerDetails]] = {}
    job: Status[JobDetails] | None = None
    for path in sorted(folder.glob("[!.]*.json")):
        try:
            if path.name == _JOB:
                job = read_job(path.read_bytes())
            else:
                producers[path.stem] = read_producer(path.read_bytes())
        except (OSError, ValueError):
            continue
    return Statuses(producers, job)
