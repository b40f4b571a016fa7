"""One day of one symbol and source at each of the resolutions that ranges are drawn at."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from dashboard.store.bars import EMPTY, MINUTE_US, Bars, add, join
from dashboard.store.merging import merge
from dashboard.store.reading import Key

QUARTER_US = 15 * MINUTE_US
DAY_US = 96 * QUARTER_US


@dataclass(frozen=True)
class Tiers:
    """A day's newest windows as they are, and all of the day in bars of one minute.

    `minutes` is None where they have been let go of, and `kept` holds the quarters of an hour.
    """

    windows: Bars
    minutes: Bars | None
    kept: Bars = EMPTY

    @cached_property
    def quarters(self) -> Bars:
        """The day in bars of a quarter of an hour."""
        return self.kept if self.minutes is None else merge(self.minutes, QUARTER_US)

    @cached_property
    def whole(self) -> Bars:
        """The day as one bar (two where its last windows end in the next)."""
        return merge(self.quarters, DAY_US)

    def coarser(self) -> "Tiers":
        """Give these without the minutes."""
        return Tiers(EMPTY, None, self.quarters)


def with_windows(
    held: Mapping[Key, Tiers], new: Mapping[Key, Bars], since: int
) -> dict[Key, Tiers]:
    """Add new windows to a day's; those that end after `since` are kept as they are, too."""
    return {**held, **{key: _grown(held.get(key), bars, since) for key, bars in new.items()}}


def _grown(held: Tiers | None, new: Bars, since: int) -> Tiers:
    windows = add(held.windows if held else EMPTY, new.between(since, None))
    minutes = held.minutes if held else EMPTY
    if minutes is None:
        minutes = held.kept if held else EMPTY
    first = new.end[0] - (new.end[0] - 1) % MINUTE_US - 1  # where its minute begins
    before, after = minutes.between(None, first), minutes.between(first, None)
    return Tiers(windows.between(since, None), join([before, merge(join([after, new]), MINUTE_US)]))
