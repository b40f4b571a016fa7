"""Candles of equal width, from windows that do not overlap, and their returns."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import lcm

import numpy as np
from numpy.typing import NDArray

from contracts.times import MICROSECOND, to_us
from dashboard.models.missed import Stretch, left_out, missed
from dashboard.models.ranges import Range
from dashboard.models.words import length
from dashboard.store import Bars, Key, Snapshot, merge
from dashboard.store.bars import MINUTE_US, Floats, Times
from dashboard.store.keys import have_volume_of_the_day
from dashboard.store.merging import stretch_of
from dashboard.store.tiers import DAY_US

_WIDTHS_MIN = (1, 5, 15, 30, 60, 120, 240, 360, 720, 1440, 10_080)
_TIMES = (1, 2, 5)  # of a step that is none of these
_MOST = 130
_CHOSEN_MOST = 1500
WIDTHS = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1440}
"""The usual lengths of a bar by their names in the address, in minutes."""


def fitting_width_us(span: timedelta, step_us: int = MINUTE_US) -> int:
    """Choose a width that gives some hundred candles, or fewer: a multiple of the step.

    One of more than a week is of whole days, where these are a multiple of the step.
    """
    span_us = span // MICROSECOND
    widths = {it * MINUTE_US for it in _WIDTHS_MIN if it * MINUTE_US % step_us == 0}
    if step_us not in widths:
        widths |= {times * step_us for times in _TIMES}
    fitting = (it for it in sorted(widths) if span_us <= _MOST * it)
    least_us = step_us if DAY_US % step_us else DAY_US
    return next(fitting, -(-span_us // (_MOST * least_us)) * least_us)


def offered(length_us: int) -> dict[str, int]:
    """Give the widths that windows of a length make, by their names: its whole multiples.

    The first is the length itself, in whole minutes, which is what the store's bars have.
    """
    widths = {name: minutes * MINUTE_US for name, minutes in WIDTHS.items()}
    made = {name: width for name, width in widths.items() if width % length_us == 0}
    if length_us % MINUTE_US or length_us >= widths["1d"] or length_us in made.values():
        return made
    hours, minutes = divmod(length_us // MINUTE_US, 60)
    return {f"{hours}h" if not minutes else f"{60 * hours + minutes}m": length_us} | made


def candle_us(snapshot: Snapshot, shown: Range, bar: str | None) -> int:
    """Choose the width of the candles of a range: the one that is named, if it can be.

    It is longer where there would be too many, and where the store has no shorter bars; without a
    name it is one that gives some hundred, of whole windows where these last whole minutes.
    """
    length, finest = snapshot.window_us, snapshot.finest_us(*shown.bounds_us)
    widths = offered(length)
    if bar in widths:
        span_us = min(shown.span // MICROSECOND, snapshot.span_us)
        for width in widths.values():
            if width >= max(widths[bar], finest) and span_us <= _CHOSEN_MOST * width:
                return width
    whole_minutes = -(-length // MINUTE_US) * MINUTE_US
    return fitting_width_us(shown.span, lcm(whole_minutes, max(finest, MINUTE_US)))


def candles(bars: Bars, width: int) -> Bars:
    """Merge the bars of one symbol and source to candles of a width (microseconds).

    Those without a candle are left out. Where a volume is the day's so far, that of a candle longer
    than a day is the sum of its days'.
    """
    bars = _with_candle(bars)
    found = _with_candle(merge(bars, width))  # one that another overlaps has gone
    if width > DAY_US and have_volume_of_the_day(found.key).any():
        return replace(found, volume=_of_days(merge(bars, DAY_US), found.end, width))
    return found


def _of_days(days: Bars, ends: Times, width: int) -> Floats:
    """Add up the volume of the days in each candle of one symbol and source."""
    known = days.take(np.flatnonzero(~np.isnan(days.volume)))
    at = np.searchsorted(stretch_of(ends, width), stretch_of(known.end, width))
    total = np.bincount(at, known.volume, len(ends))
    return np.where(np.bincount(at, minlength=len(ends)) > 0, total, np.nan)


def _with_candle(bars: Bars) -> Bars:
    return bars.take(np.flatnonzero(~np.isnan(bars.candle_start)))


def returns_pct(of: Bars) -> Floats:
    """Give the change from each candle's close to the next one's, in per cent."""
    return 100 * np.diff(of.candle_close) / of.candle_close[:-1]


@dataclass(frozen=True, eq=False)
class Candles:
    """The candles of a range after those that indicators take before it, as `first` tells.

    `whole` tells of each of the range whether all its time is in what the store has: it is over,
    did not begin before its symbol's first window had ended, and nothing of it was missed. What was
    missed before the range is not looked for.
    """

    bars: Bars
    first: int
    width_us: int
    whole: NDArray[np.bool_]

    @property
    def shown(self) -> Bars:
        """Those of the range."""
        return self.bars.take(slice(self.first, None))

    @property
    def ends(self) -> Times:
        """When those of the range end."""
        return stretch_of(self.shown.end, self.width_us) * self.width_us

    @property
    def width(self) -> str:
        """How long one is, for people."""
        return length(self.width_us * MICROSECOND)


def candles_of(snapshot: Snapshot, key: Key, shown: Range, width: int, before: int) -> Candles:
    """Make the candles of a range, each of all its windows, and so many before it at least."""
    after, until = shown.bounds_us
    begin = after - after % width
    since = _since(snapshot, key, begin, width, before)
    found = candles(snapshot.fine_bars(key, since, until, width), width)
    ends = stretch_of(found.end, width) * width
    newest = to_us(snapshot.newest.window_end) if snapshot.newest else until
    known = Stretch(snapshot.begin_of(key) + snapshot.window_us, min(newest, until))
    whole = (ends - width >= known.begin) & (ends <= known.end)
    for lost in (
        *missed(snapshot, key[1], begin, known.end - known.end % width),
        *left_out(snapshot, key, begin, until),
    ):
        whole &= (ends <= lost.begin) | (ends - width >= lost.end)
    first = int(np.searchsorted(ends, begin, "right"))
    return Candles(found, first, width, whole)


def _since(snapshot: Snapshot, key: Key, begin: int, width: int, before: int) -> int:
    """Tell since when there are so many candles before a time, or of what time the first is.

    A night or a weekend in which a market is closed has none.
    """
    # Before 1970 is none, and at last no year either.
    first, back = max(0, snapshot.begin_of(key)), before * width
    while True:
        since = max(0, begin - back)
        if since <= first:
            return since
        there = snapshot.fine_bars(key, since, begin, width)
        ends = there.end[~np.isnan(there.candle_start)]
        if len(np.unique(stretch_of(ends, width))) >= before:
            return since
        back *= 2
