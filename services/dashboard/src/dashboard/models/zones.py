"""The time zone that times are shown in: the market's, the reader's own, or UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.sources import facts

LABELS: dict[str, str] = {"utc": "UTC", "market": "Market", "local": "Local"}
AROUND = timedelta(days=370)
"""The browser is told the clocks of a year and more before and after the times that are shown."""

_EXCHANGE = "America/New_York"
_SECOND = timedelta(seconds=1)
_SHORTEST = timedelta(days=7)
_MOST_STEPS = 2000


class Clock(NamedTuple):
    """What a zone's clocks show from a time on: how far they are from UTC, and their name."""

    since_ms: float
    offset_ms: float
    name: str

    def same(self, other: "Clock") -> bool:
        """Tell whether another shows the same."""
        return self[1:] == other[1:]


@dataclass(frozen=True)
class Zone:
    """A time zone."""

    info: tzinfo

    def label(self, at: datetime) -> str:
        """Name the zone's clock at a time, such as UTC or EST."""
        return at.astimezone(self.info).tzname() or "UTC"

    def clocks(self, begin: datetime, end: datetime) -> list[Clock]:
        """List the clocks that are in use between two times, in order; the first since `begin`.

        One that is in use for less than a week may be missed.
        """
        step = max(_SHORTEST, (end - begin) / _MOST_STEPS)
        found = [self._clock(begin, begin)]
        at = begin
        while at < end:
            until = min(at + step, end)
            if not found[-1].same(self._clock(until, until)):
                found.append(self._next(found[-1], at, until))
            at = until
        return found

    def _next(self, clock: Clock, before: datetime, after: datetime) -> Clock:
        """Find when another clock than this comes into use, to the second."""
        while after - before > _SECOND:
            middle = before + (after - before) // 2
            if clock.same(self._clock(middle, middle)):
                before = middle
            else:
                after = middle
        since = after.replace(microsecond=0)
        return self._clock(since, after)

    def _clock(self, since: datetime, at: datetime) -> Clock:
        offset = at.astimezone(self.info).utcoffset() or timedelta(0)
        return Clock(since.timestamp() * 1000, offset.total_seconds() * 1000, self.label(at))


IN_UTC = Zone(UTC)


def zone_of(name: str, local: str | None, sources: Iterable[str]) -> Zone:
    """Give the zone of a name; `local` is the reader's.

    The market's is New York's, and UTC where all prices are of one that never closes.
    """
    if name == "local" and local:
        return _named(local)
    if name == "market" and any(facts(it).hours == "exchange" for it in sources):
        return _named(_EXCHANGE)
    return IN_UTC


@cache
def _named(name: str) -> Zone:
    try:
        return Zone(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return IN_UTC
