"""How far event time has come, as a heartbeat tells it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from contracts.clock import Clock

QUIET_S = 1.0
_BEFORE_ANY = timedelta(minutes=1)
_STOOD_STILL_S = 3.0


class EventTime:
    """Follows event time: while quotes flow that of the newest, then what has passed since, too.

    `lag` is what a feed's quotes may be behind the clock, and `max_future_skew` what they may be
    ahead of it before the job refuses them. Time that passes is told by the monotonic clock, so
    that a wall clock that is set moves nothing.
    """

    def __init__(self, lag: timedelta, max_future_skew: timedelta, clock: Clock) -> None:
        self._lag = lag
        self._max_future_skew = max_future_skew
        self._clock = clock
        self._newest: datetime | None = None
        self._newest_s = 0.0
        self._asked_s = clock.monotonic()
        self._flowed_s = self._asked_s - QUIET_S
        self._is_one_waiting = False

    def received(self) -> None:
        """Note that the feed has given a quote, which waits to be handed over."""
        self._is_one_waiting = True

    def handed_over(self, event_times: Sequence[datetime]) -> None:
        """Note that the quotes that waited, of these times, have been handed over."""
        self._is_one_waiting = False
        self._flowed_s = self._clock.monotonic()
        # A time of the future is refused by the job: as a heartbeat's it would be again and again.
        latest = self._clock.now() + self._max_future_skew
        newest = max([it for it in event_times if it <= latest], default=None)
        # What the clock had come to before it was set back does not count any more.
        known = self._newest if self._newest and self._newest <= latest else None
        if newest and (known is None or newest > known):
            self._newest, self._newest_s = newest, self._flowed_s

    def now(self, *, by_clock: bool) -> datetime | None:
        """Give the time that a heartbeat carries; to be asked several times a second.

        It is never above what a quote carries that is handed over later, where the feed is in
        order. `by_clock` tells whether time passes while the feed is quiet; None where nothing is
        known yet.
        """
        passes = self._is_quiet() and by_clock
        if self._newest is None:
            return self._clock.now() - _BEFORE_ANY if passes else None
        if not passes:
            return self._newest
        passed = timedelta(seconds=self._clock.monotonic() - self._newest_s)
        return max(self._newest, self._newest + passed - self._lag)

    def _is_quiet(self) -> bool:
        """Tell whether no quote has come for a while.

        Where it was not asked for long, the process stood still (it was frozen, or the machine
        slept): what reached its sockets meanwhile comes first.
        """
        now_s = self._clock.monotonic()
        if now_s - self._asked_s > _STOOD_STILL_S:
            self._flowed_s = now_s
        self._asked_s = now_s
        return not self._is_one_waiting and now_s - self._flowed_s >= QUIET_S
