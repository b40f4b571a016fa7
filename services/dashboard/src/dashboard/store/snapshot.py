"""What the store holds at one moment; it does not change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from contracts.sources import facts
from dashboard.store.bars import MINUTE_US, Bars, join
from dashboard.store.reading import Key
from dashboard.store.tiers import DAY_US, QUARTER_US, Tiers

MOST_MINUTES_US = 3 * DAY_US
MOST_QUARTERS_US = 60 * DAY_US
US = timedelta(microseconds=1)
_LONG_OVER = timedelta(minutes=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BrokenFile(NamedTuple):
    """A file that cannot be read, below the folder of aggregates, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Newest:
    """The end of the newest window of all, and the sources that have one of that end."""

    window_end: datetime
    sources: frozenset[str]

    def replays_the_past(self, seen: datetime) -> bool:
        """Tell whether they are recorded prices with times that were long over when seen first.

        The clock then says nothing of how late they are.
        """
        recorded = all(facts(it).kind == "recorded" for it in self.sources)
        return recorded and seen - self.window_end > _LONG_OVER


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What was read so far; each is itself only, so that it can be part of a key.

    `version` is another as soon as anything is. `arrived_at` is when the newest file was written.
    `pending` are the days with files still to be read, `cut_before` the first day that is held
    where there are more than may be. Windows as they are are held from `windows_since` on
    (microseconds since 1970); before, bars of a minute or of a quarter of an hour. The first window
    of all begins at `begin`.
    """

    version: int = 0
    days: tuple[tuple[date, Mapping[Key, Tiers]], ...] = ()
    newest: Newest | None = None
    arrived_at: datetime | None = None
    broken: tuple[BrokenFile, ...] = ()
    pending: tuple[date, ...] = ()
    cut_before: date | None = None
    windows_since: int = 0
    begin: int = 0
    files: int = 0
    size_bytes: int = 0
    keys: frozenset[Key] = field(default_factory=frozenset)

    def bars(self, key: Key, after: int | None, until: int) -> Bars:
        """Give the bars of a symbol and source that end after one time and until another.

        As fine as suits a range of that length (None: from the beginning). Microseconds.
        """
        resolution = self.resolution_us(after, until)
        first = None if after is None else _date(after - DAY_US)
        parts = []
        for day, held in self.days:
            tiers = held.get(key)
            if tiers and (first is None or day >= first) and day <= _date(until):
                parts.append(_tier(tiers, resolution))
        return join(parts).between(after, until)

    def fine_bars(self, key: Key, after: int, until: int, width_us: int) -> Bars:
        """Give the bars that end after one time and until another, none longer than a width.

        Days of which only longer ones are held are left out. Microseconds.
        """
        held = [tiers for _, tiers in self._tiers(key, after, until)]
        parts = [_fine_tier(it, width_us) for it in held if _finest(it) <= width_us]
        return join(parts).between(after, until)

    def finest_us(self, key: Key, after: int, until: int) -> int:
        """Tell how long the shortest bars are that are held of all of a range."""
        begin, end = self.there(after, until)
        if begin >= self.windows_since:
            return 0
        return max((_finest(it) for _, it in self._tiers(key, begin, end)), default=MINUTE_US)

    @property
    def span_us(self) -> int:
        """How long it is from the first window's begin to the newest one's end."""
        return microseconds_of(self.newest.window_end) - self.begin if self.newest else 0

    def _tiers(self, key: Key, after: int, until: int) -> Iterator[tuple[date, Tiers]]:
        first, last = _date(after - DAY_US), _date(until)
        for day, held in self.days:
            if first <= day <= last and key in held:
                yield day, held[key]

    def last_window(self, key: Key, until: int) -> Bars | None:
        """Give the newest window of a symbol and source that ends until a time, if it is held."""
        for _, held in reversed(self.days):
            tiers = held.get(key)
            windows = tiers.windows.between(None, until) if tiers else None
            if windows:
                return windows.take(slice(-1, None))
        return None

    def there(self, after: int | None, until: int) -> tuple[int, int]:
        """Give the part of a range in which there may be windows: bounds in microseconds."""
        end = microseconds_of(self.newest.window_end) if self.newest else until
        return max(self.begin, after or 0), min(until, end)

    def resolution_us(self, after: int | None, until: int) -> int:
        """Tell how long the bars of a range are; 0 are the windows as they are."""
        begin, end = self.there(after, until)
        if begin >= self.windows_since:
            return 0
        length = end - begin
        if length <= MOST_MINUTES_US:
            return MINUTE_US
        return QUARTER_US if length <= MOST_QUARTERS_US else DAY_US


def _finest(tiers: Tiers) -> int:
    return QUARTER_US if tiers.minutes is None else MINUTE_US


def _fine_tier(tiers: Tiers, width_us: int) -> Bars:
    if width_us % QUARTER_US == 0 or tiers.minutes is None:
        return tiers.quarters
    return tiers.minutes


def _tier(tiers: Tiers, resolution: int) -> Bars:
    if resolution == 0:
        return tiers.windows
    if resolution == MINUTE_US and tiers.minutes is not None:
        return tiers.minutes
    return tiers.quarters if resolution <= QUARTER_US else tiers.whole


def moment_of(microseconds: int) -> datetime:
    """Give the time of microseconds since 1970."""
    return _EPOCH + int(microseconds) * US


def microseconds_of(moment: datetime) -> int:
    """Give the microseconds since 1970 of a time."""
    return (moment - _EPOCH) // US


def _date(microseconds: int) -> date:
    return moment_of(microseconds).date()
