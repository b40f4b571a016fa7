"""What the services say of themselves in their status files, for the rules."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from contracts.status import (
    GATEWAY,
    GONE_AFTER,
    JOB,
    JobDetails,
    ProducerSummary,
    Status,
    read_job,
    read_producer_summary,
    status_files,
)
from contracts.times import MICROSECOND, epoch_us

_GONE_AFTER_US = GONE_AFTER // MICROSECOND
_RESTING = frozenset({"market_closed", "finished"})


class Feeding(NamedTuple):
    """A producer: its symbols, whether it is gone, and whether it expects no quotes of them.

    It expects none while the market is closed (also if some symbols are traded all the same), when
    all is played, and while the provider is not asked before a later time. One that is gone tells
    nothing any more, of its market neither.
    """

    service: str
    symbols: Collection[str]
    is_gone: bool
    rests: bool


class Statuses(NamedTuple):
    """What the status files of the producers, by name, and of the job say."""

    producers: Mapping[str, Status[ProducerSummary]]
    job: Status[JobDetails] | None

    def feeding(self, now_us: int) -> Mapping[str, list[Feeding]]:
        """Give the producers of each source."""
        found = defaultdict(list)
        for it in self.producers.values():
            is_gone = now_us - epoch_us(it.updated_at) > _GONE_AFTER_US
            rests = not is_gone and _is_resting(it, now_us)
            found[it.details.feed].append(Feeding(it.service, it.details.symbols, is_gone, rests))
        return found


NOTHING_KNOWN = Statuses({}, None)


def _is_resting(producer: Status[ProducerSummary], now_us: int) -> bool:
    if producer.state in _RESTING or producer.details.off_hours:
        return True
    budget = producer.details.budget
    due = producer.details.next_quote_at or (budget.next_call_at if budget else None)
    return due is not None and epoch_us(due) > now_us


def read_statuses(folder: Path) -> Statuses:
    """Read the status files; one that cannot be read counts as not there."""
    producers: dict[str, Status[ProducerSummary]] = {}
    job: Status[JobDetails] | None = None
    for path in status_files(folder):
        try:
            if path.stem == JOB:
                job = read_job(path.read_bytes())
            elif path.stem != GATEWAY:
                producers[path.stem] = read_producer_summary(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
    return Statuses(producers, job)
