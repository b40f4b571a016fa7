"""One day at each of the resolutions that ranges are drawn at, of all its symbols and sources."""

from dataclasses import dataclass
from functools import cached_property

from dashboard.store.bars import EMPTY, MINUTE_US, Bars, add, join
from dashboard.store.merging import merge, to_minutes

QUARTER_US = 15 * MINUTE_US
DAY_US = 96 * QUARTER_US


@dataclass(frozen=True)
class Tiers:
    """A day's newest windows as they are, and all of the day in bars of one minute.

    Where there are too many, `older` holds the day's first part in bars of a quarter of an hour,
    and `minutes` what ends after it.
    """

    windows: Bars = EMPTY
    minutes: Bars = EMPTY
    older: Bars = EMPTY

    @property
    def bars(self) -> Bars:
        """All of the day, as fine as it is held."""
        return join(self.parts)

    @property
    def parts(self) -> list[Bars]:
        """The bars that there are, the older first."""
        return [it for it in (self.older, self.minutes) if len(it)]

    @property
    def longest_us(self) -> int:
        """How long the longest of the single windows is."""
        return int((self.windows.end - self.windows.start).max(initial=0))

    @cached_property
    def quarters(self) -> Bars:
        """The day in bars of a quarter of an hour."""
        return merge(self.bars, QUARTER_US)

    @cached_property
    def whole(self) -> Bars:
        """The day as one bar (two where its last windows end in the next)."""
        return merge(self.quarters, DAY_US)

    def at(self, resolution_us: int) -> Bars:
        """Give the bars of a resolution; 0 are the windows as they are."""
        if resolution_us == 0:
            return self.windows
        if resolution_us == MINUTE_US:
            return self.bars
        return self.quarters if resolution_us == QUARTER_US else self.whole

    def finest_us(self, begin: int) -> int:
        """Tell how long the shortest bars are that are held of all since a time."""
        return QUARTER_US if len(self.older) and begin < self.older.end[-1] else MINUTE_US

    def fine(self, width_us: int) -> Bars:
        """Give the bars that make such of a width: none that is longer."""
        if width_us % QUARTER_US == 0:
            return self.quarters
        return self.minutes if width_us < QUARTER_US else self.bars

    def grown(self, new: Bars, since: int, cut: int) -> "Tiers":
        """Add windows, those that end after `cut`; after `since` they are kept as they are, too.

        Of these, those that are there already change nothing: while files are merged, their windows
        are in two.
        """
        windows, fresh = add(self.windows, new.between(max(since, cut), None))
        new = join([new.between(cut, since), fresh])
        if not len(new):
            return self
        first = int(new.end[0]) - (int(new.end[0]) - 1) % MINUTE_US - 1  # where its minute begins
        before, after = self.minutes.between(None, first), self.minutes.between(first, None)
        minutes = join([before, to_minutes(join([after, new]))])
        return Tiers(windows.between(since, None), minutes, self.older)

    def bounded(self, windows_since: int, minutes_since: int, cut: int) -> "Tiers":
        """Hold windows, minutes and all else only of what ends after these times."""
        if (
            _all_after(self.windows, windows_since)
            and _all_after(self.minutes, minutes_since)
            and _all_after(self.older, cut)
        ):
            return self
        early = self.minutes.between(None, minutes_since)
        older = merge(join([self.older, early]), QUARTER_US) if len(early) else self.older
        return Tiers(
            self.windows.between(windows_since, None),
            self.minutes.between(minutes_since, None),
            older.between(cut, None),
        )


def _all_after(bars: Bars, since: int) -> bool:
    return not len(bars) or bool(bars.end[0] > since)
