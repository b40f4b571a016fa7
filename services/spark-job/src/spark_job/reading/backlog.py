"""How far the job is with a backlog, and when it will have caught up."""

from collections import deque
from typing import NamedTuple

from contracts.status import CatchingUp
from spark_job.reading.plan import Plan

_REMEMBERED_S = 30.0


class _Moment(NamedTuple):
    at_s: float
    read: int
    there: int


class Backlog:
    """Estimates from the records read and the records left how long it will take."""

    def __init__(self) -> None:
        self._moments: deque[_Moment] = deque()

    def see(self, now_s: float, before: Plan, ends: dict[int, int]) -> CatchingUp:
        """Learn how far batches have read, and where the log ends; `now_s` in seconds."""
        now = _Moment(now_s, sum(before.offsets.values()), sum(ends.values()))
        self._moments.append(now)
        while len(self._moments) > 2 and now_s - self._moments[1].at_s > _REMEMBERED_S:  # noqa: PLR2004
            self._moments.popleft()
        then = self._moments[0]
        passed_s = now.at_s - then.at_s
        left = now.there - now.read
        if passed_s <= 0:
            return CatchingUp(records_left=left, records_per_second=0.0, seconds_left=None)
        rate, coming = (now.read - then.read) / passed_s, (now.there - then.there) / passed_s
        return CatchingUp(
            records_left=left,
            records_per_second=round(rate, 1),
            seconds_left=round(left / (rate - coming), 1) if rate > coming else None,
        )

    def over(self) -> None:
        """Forget everything: there is no backlog any more."""
        self._moments.clear()
