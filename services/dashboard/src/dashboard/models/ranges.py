"""The ranges of time that the pages can show, and what of them is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.times import from_us, to_us
from dashboard.store import Snapshot

CUSTOM = "custom"
ALL = "all"
SPANS: Mapping[str, timedelta] = {
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
"""The length of each range that counts back from the newest window, by its name in the address."""

LABELS: Mapping[str, str] = {
    "5m": "5 min",
    "15m": "15 min",
    "1h": "1 h",
    "6h": "6 h",
    "24h": "24 h",
    "7d": "7 d",
    "30d": "30 d",
    ALL: "All",
    CUSTOM: "Custom",
}
_OLD = timedelta(days=1)


@dataclass(frozen=True)
class Range:
    """The windows that end after one time and until another; `name` is that of its kind."""

    name: str
    after: datetime
    until: datetime

    @property
    def span(self) -> timedelta:
        """How long it is."""
        return self.until - self.after

    @property
    def bounds_us(self) -> tuple[int, int]:
        """Its bounds in microseconds since 1970."""
        return to_us(self.after), to_us(self.until)


def default_range(age: timedelta | None) -> str:
    """Choose a range for windows that are `age` old: of the past, all; of now, 15 minutes."""
    return ALL if age is not None and age > _OLD else "15m"


def range_of(
    name: str, custom: tuple[datetime, datetime] | None, snapshot: Snapshot, now: datetime
) -> Range:
    """Give the range of a name, as far as there are windows; `custom` are that one's bounds.

    Before the first window it ends now.
    """
    if name == CUSTOM and custom:
        return Range(name, *custom)
    end = snapshot.newest.window_end if snapshot.newest else now
    begin = from_us(snapshot.begin) if snapshot.newest else now
    return Range(name, end - SPANS[name] if name in SPANS else begin, end)
