"""When a heartbeat is due, and how far event time has come."""

from datetime import datetime, timedelta

from producer.clock import Clock

EVERY_S = 1.0
QUIET_S = 2.0
_BEFORE_ANY = timedelta(minutes=1)
_STOOD_STILL_S = 3.0


class EventTime:
    """Follows event time: that of the newest quote, and what has passed since it was received.

    `lag` is what a feed's quotes may be behind the clock. Time that passes is told by the
    monotonic clock, so that a wall clock that is set moves nothing.
    """

    def __init__(self, lag: timedelta, clock: Clock) -> None:
        self._lag = lag
        self._clock = clock
        self._newest: datetime | None = None
        self._received_s = 0.0
        self._asked_s = clock.monotonic()
        self._published_s = self._asked_s - QUIET_S

    def quote(self, event_time: datetime) -> None:
        """Note that a quote of this time has been published."""
        self._published_s = self._clock.monotonic()
        if self._newest is None or event_time > self._newest:
            self._newest, self._received_s = event_time, self._published_s

    def is_quiet(self) -> bool:
        """Tell whether no quote has been published for a while; to be asked once a second.

        Where it was not asked for longer, the process stood still (it was frozen, or the machine
        slept): what reached its sockets meanwhile comes first.
        """
        now_s = self._clock.monotonic()
        stood_still = now_s - self._asked_s > _STOOD_STILL_S
        self._asked_s = now_s
        return not stood_still and now_s - self._published_s >= QUIET_S

    def now(self) -> datetime:
        """Give the time that a heartbeat carries; never below that of the newest quote."""
        if self._newest is None:
            return self._clock.now() - _BEFORE_ANY
        passed = timedelta(seconds=self._clock.monotonic() - self._received_s)
        return max(self._newest, self._newest + passed - self._lag)
