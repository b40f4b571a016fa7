"""Reports the progress with a backlog, and which partitions hold windows back."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from contracts.status import CatchingUp, HeldBack
from contracts.times import format_time, from_kafka_ms
from spark_job.reading.backlog import Backlog
from spark_job.reading.offset_log import Offsets
from spark_job.reading.plan import Plan
from spark_job.reading.silence import Silence
from spark_job.reading.topic_log import Tail

type Last = Callable[[Offsets], dict[int, Tail]]
"""Looks at the last record before an offset of each partition."""


class Observer(Protocol):
    """Gets reports of what the planner sees."""

    def backlog(self, found: CatchingUp | None) -> None:
        """Learn that there is a backlog, or none."""

    def held_back_by(self, found: list[HeldBack]) -> None:
        """Learn which partitions hold windows back."""

    def notice(self, text: str) -> None:
        """Get a notice for people."""

    def idle(self) -> None:
        """Learn that there is nothing to read."""

    def waiting(self, text: str) -> None:
        """Learn what is being waited for, after each attempt."""


class Snapshot(NamedTuple):
    """What there was in the topic after the last batch, which ended at `start`.

    The topic ends at `ends`, with so many records `unread`; `whole` is the plan that reads them
    all. It is `behind` if these are more than one batch may take.
    """

    start: Plan
    ends: Offsets
    unread: Offsets
    whole: Plan
    behind: bool

    @property
    def to_come(self) -> set[int]:
        """Give the partitions in which an event is to come; what is refused is none."""
        read, reached = self.start.event_times, self.whole.event_times
        return {it for it in self.unread if reached.get(it, 0) > read.get(it, 0)}


class Reporter:
    """Reports each snapshot. `last` raises `KafkaException`, and so may `tell`."""

    def __init__(self, observer: Observer, last: Last) -> None:
        self._observer = observer
        self._last = last
        self._backlog = Backlog()
        self._silence = Silence()

    def tell(self, now_s: float, snapshot: Snapshot) -> None:
        """Report a snapshot; `now_s` in seconds."""
        self._tell_of_silence(now_s, snapshot)
        if snapshot.behind:
            self._observer.backlog(self._backlog.see(now_s, snapshot.start, snapshot.ends))
        else:
            self._backlog.over()
            self._observer.backlog(None)

    def expired(self) -> None:
        """Learn that some of a backlog is lost: it would count as read."""
        self._backlog.over()

    def _tell_of_silence(self, now_s: float, snapshot: Snapshot) -> None:
        """Name the partitions without newer events that hold back others that have some."""
        read, reached = snapshot.start.event_times, snapshot.whole.event_times
        silent = self._silence.see(now_s, {it: reached.get(it, 0) for it in snapshot.ends})
        silent -= snapshot.to_come
        going_on = [read[it] for it in read.keys() - silent]
        holding = {it for it in silent if read.get(it, 0) < min(going_on, default=0)}
        tails = self._last({it: snapshot.ends[it] for it in holding}) if holding else {}
        self._observer.held_back_by(
            [
                HeldBack(partition=it, since=_last_event(tails[it], read.get(it)))
                for it in sorted(holding)
            ]
        )


def _last_event(last: Tail, read_us: int | None) -> str | None:
    """Tell when a partition's newest event came; if refused or older ones followed, its time."""
    ms = last.taken_in_ms
    if last.event_time_us is None or last.event_time_us < (read_us or 0):
        ms = None if read_us is None else read_us // 1000
    return None if ms is None else format_time(from_kafka_ms(ms))
