"""What the store holds at one moment; it does not change."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from contracts.dataset import first_day
from contracts.sources import facts
from contracts.times import MICROSECOND, from_us, to_us
from dashboard.store.bars import EMPTY, MINUTE_US, Bars, join
from dashboard.store.keys import Key
from dashboard.store.merging import merge
from dashboard.store.tiers import DAY_US, QUARTER_US, Tiers

_MOST_MINUTES_US = 3 * DAY_US
_MOST_QUARTERS_US = 60 * DAY_US
_LONG_OVER = timedelta(minutes=10)


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

    `version` is another as soon as anything is. `arrived_at` is when the newest window was written,
    not when its file was merged. `pending` are the days with files still to be read; `cut_before`
    is since when windows are held where there are more than may be. Windows as they are are held
    from `windows_since` on (microseconds since 1970); before, bars of a minute or of a quarter of
    an hour. The first window of all begins at `begin`. `keys` gives each symbol and source its
    number in the bars.
    """

    version: int = 0
    days: tuple[tuple[date, Tiers], ...] = ()
    newest: Newest | None = None
    arrived_at: datetime | None = None
    broken: tuple[BrokenFile, ...] = ()
    pending: tuple[date, ...] = ()
    cut_before: datetime | None = None
    windows_since: int = 0
    begin: int = 0
    files: int = 0
    size_bytes: int = 0
    keys: Mapping[Key, int] = field(default_factory=dict)

    def bars(self, key: Key, after: int | None, until: int) -> Bars:
        """Give the bars of a symbol and source that end after one time and until another.

        As fine as suits a range of that length (None: from the beginning). Microseconds.
        """
        resolution = self.resolution_us(after, until)
        held = [it.at(resolution) for it in self._tiers(after, until)]
        found = self._of(key, held, after, until)
        # Windows over midnight are of the day before: each day has a bar of that stretch.
        return merge(found, resolution) if resolution else found

    def fine_bars(self, key: Key, after: int, until: int, width_us: int) -> Bars:
        """Give the bars that end after one time and until another, none longer than a width.

        Days of which only longer ones are held are left out. Microseconds.
        """
        held = [it.fine(width_us) for it in self._tiers(after, until)]
        return self._of(key, held, after, until)

    def finest_us(self, after: int, until: int) -> int:
        """Tell how long the shortest bars are that are held of all of a range."""
        begin, end = self.there(after, until)
        if begin >= self.windows_since:
            return 0
        held = self._tiers(begin, end)
        return max((it.finest_us(begin) for it in held), default=MINUTE_US)

    def begin_of(self, key: Key) -> int:
        """Tell when the first window of a symbol and source begins; `begin` where there is none."""
        code = self.keys.get(key)
        parts = (part for _, day in self.days for part in day.parts)
        starts = (part.start[part.key == code] for part in parts)
        return next((int(it.min()) for it in starts if len(it)), self.begin)

    @property
    def span_us(self) -> int:
        """How long it is from the first window's begin to the newest one's end."""
        return to_us(self.newest.window_end) - self.begin if self.newest else 0

    @property
    def window_us(self) -> int:
        """How long the newest window is; a minute where none is held."""
        held = [it.windows for _, it in self.days if len(it.windows)]
        return int(held[-1].end[-1] - held[-1].start[-1]) if held else MINUTE_US

    def _tiers(self, after: int | None, until: int) -> Iterator[Tiers]:
        length = self.window_us * MICROSECOND
        first = None if after is None else first_day(from_us(after), length)
        for day, tiers in self.days:
            if (first is None or day >= first) and day <= _date(until):
                yield tiers

    def _of(self, key: Key, held: Iterable[Bars], after: int | None, until: int) -> Bars:
        code = self.keys.get(key)
        if code is None:
            return EMPTY
        return join([it.between(after, until).of(code) for it in held])

    def last_window(self, key: Key, until: int) -> Bars | None:
        """Give the newest window of a symbol and source that ends until a time, if it is held."""
        newest_first = (it.windows for _, it in reversed(self.days))
        found = (self._of(key, [it], None, until) for it in newest_first)
        return next((it.take(slice(-1, None)) for it in found if len(it)), None)

    def there(self, after: int | None, until: int) -> tuple[int, int]:
        """Give the part of a range in which there may be windows: bounds in microseconds."""
        end = to_us(self.newest.window_end) if self.newest else until
        return max(self.begin, after or 0), min(until, end)

    def resolution_us(self, after: int | None, until: int) -> int:
        """Tell how long the bars of a range are; 0 are the windows as they are."""
        begin, end = self.there(after, until)
        if begin >= self.windows_since:
            return 0
        length = end - begin
        if length <= _MOST_MINUTES_US:
            return MINUTE_US
        return QUARTER_US if length <= _MOST_QUARTERS_US else DAY_US


def _date(microseconds: int) -> date:
    return from_us(microseconds).date()
