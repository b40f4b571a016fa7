"""Bars to longer bars, again and again: the result is that of merging all windows at once."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dashboard.store.bars import MINUTE_US, Bars, Floats, Times
from dashboard.store.keys import have_volume_of_the_day

_CANDLE = (
    "candle_start",
    "candle_end",
    "candle_open",
    "candle_high",
    "candle_low",
    "candle_close",
    "volume",
    "quotes",
    "turnover",
)


def merge(bars: Bars, width_us: int) -> Bars:
    """Merge the bars of each symbol and source that end in the same stretch of `width_us`.

    They need not be in order. Of candles that overlap, as where one is there twice or the windows'
    length was changed, the one that ends last counts.
    """
    if not len(bars):
        return bars
    bars, stretch = _grouped(bars, width_us)
    group = _groups(bars, stretch)
    within = not np.any(bars.candle_start < (stretch - 1) * width_us)
    return _merged(without_overlaps(bars, group if within else bars.key), group)


def to_minutes(windows: Bars) -> Bars:
    """Merge windows, and bars of a minute, to bars of a minute.

    Candles that overlap stay where they end in two of them: which of them counts in longer bars
    turns out once all windows are there.
    """
    if not len(windows):
        return windows
    bars, stretch = _grouped(windows, MINUTE_US)
    group = _groups(bars, stretch)
    return _merged(without_overlaps(bars, group), group)


def without_overlaps(bars: Bars, of: NDArray[np.int64]) -> Bars:
    """Leave out each candle that one of the same `of` overlaps that ends later."""
    counts = ~np.isnan(bars.candle_start)
    there = np.flatnonzero(counts)
    over = overlapped(of[there], bars.candle_start[there], bars.candle_end[there])
    if not len(over):
        return bars
    counts[there[over]] = False
    return replace(bars, **{it: np.where(counts, getattr(bars, it), np.nan) for it in _CANDLE})


def overlapped(group: NDArray[np.int64], begin: Floats, until: Floats) -> NDArray[np.int64]:
    """Find the places of candles that one of the same group overlaps that ends later.

    Of those that end at the same time the longest stays: it has what the others have.
    """
    behind = (group[:-1] == group[1:]) & (until[:-1] <= begin[1:])
    if np.all((group[:-1] < group[1:]) | behind):  # as nearly always, and to sort them takes long
        return np.array([], np.int64)
    order = np.lexsort((-begin, until, group))
    start, end = (it[order].astype(np.int64) for it in (begin, until))
    # One group behind the other on one axis, so that one look backwards is of all.
    shift = np.cumsum(np.diff(group[order], prepend=group[order][:1]) != 0)
    shift *= end.max(initial=0) - start.min(initial=end.max(initial=0))
    first_later = np.minimum.accumulate((start + shift)[::-1])[::-1][1:]
    return order[:-1][(end + shift)[:-1] > first_later]


def stretch_of(ends: Times, width_us: int) -> Times:
    """Give the number of the stretch that each end is in; the one that ends at `width_us` is 1.

    A stretch excludes its beginning and includes its end, as the ends of windows do.
    """
    return -(-ends // width_us)


def _grouped(bars: Bars, width_us: int) -> tuple[Bars, Times]:
    """Put the bars of a stretch and key beside each other, in order of their ends."""
    stretch = stretch_of(bars.end, width_us)
    stretches, keys, ends = np.diff(stretch), np.diff(bars.key), np.diff(bars.end)
    in_stretch = (keys > 0) | ((keys == 0) & (ends >= 0))
    if np.all((stretches > 0) | ((stretches == 0) & in_stretch)):
        return bars, stretch
    order = np.lexsort((bars.start, bars.end, bars.key, stretch))
    return bars.take(order), stretch[order]


def _groups(bars: Bars, stretch: Times) -> NDArray[np.int64]:
    """Give each stretch and key of grouped bars its number, from 0 on."""
    begins = (np.diff(stretch) != 0) | (np.diff(bars.key) != 0)
    return np.append(0, np.cumsum(begins))


def _merged(bars: Bars, group: NDArray[np.int64]) -> Bars:
    """Merge the bars of each group to one, in order of their ends."""
    merged = _merged_groups(bars, group)
    if np.any(np.diff(merged.end) < 0):
        merged = merged.take(np.argsort(merged.end, kind="stable"))
    return merged


def _merged_groups(bars: Bars, group: NDArray[np.int64]) -> Bars:
    first = np.flatnonzero(np.diff(group, prepend=-1))
    if len(first) == len(bars):
        return bars
    last = np.append(first[1:], len(bars)) - 1
    lowest = _first_highest(-bars.average_low, first, last)
    highest = _first_highest(bars.average_high, first, last)
    furthest = _first_highest(bars.deviation, first, last)
    candles = _candles(bars, group, len(first))
    return Bars(
        key=bars.key[last],
        start=np.minimum.reduceat(bars.start, first),
        end=bars.end[last],
        average=bars.average[last],
        average_low=bars.average_low[lowest],
        average_low_at=bars.average_low_at[lowest],
        average_high=bars.average_high[highest],
        average_high_at=bars.average_high_at[highest],
        vwap=bars.vwap[last],
        low=np.minimum.reduceat(bars.low, first),
        high=np.maximum.reduceat(bars.high, first),
        close=bars.close[last],
        deviation=bars.deviation[furthest],
        deviation_at=bars.deviation_at[furthest],
        peak=bars.peak[furthest],
        **candles,
    )


def _first_highest(
    values: Floats, first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find the first place of the highest value between each first and last place.

    One that is not a number, which no window should have, is lower than all.
    """
    values = np.where(np.isnan(values), -np.inf, values)
    lengths = last - first + 1
    highest = np.repeat(np.maximum.reduceat(values, first), lengths)
    places = np.flatnonzero(values == highest)
    group = np.repeat(np.arange(len(first)), lengths)[places]
    return places[np.unique(group, return_index=True)[1]]


def _candles(bars: Bars, group: NDArray[np.int64], groups: int) -> dict[str, Floats]:
    """Merge the candles of each group of bars."""
    merged = {name: np.full(groups, np.nan) for name in _CANDLE}
    there = np.flatnonzero(~np.isnan(bars.candle_start))
    if not len(there):
        return merged
    there = there[np.lexsort((bars.candle_start[there], group[there]))]
    of = group[there]
    first = np.flatnonzero(np.diff(of, prepend=-1))
    last = np.append(first[1:], len(of)) - 1
    at = of[first]
    merged["candle_start"][at] = bars.candle_start[there][first]
    merged["candle_end"][at] = bars.candle_end[there][last]
    merged["candle_open"][at] = bars.candle_open[there][first]
    merged["candle_close"][at] = bars.candle_close[there][last]
    merged["candle_high"][at] = np.maximum.reduceat(bars.candle_high[there], first)
    merged["candle_low"][at] = np.minimum.reduceat(bars.candle_low[there], first)
    merged["quotes"][at] = np.add.reduceat(bars.quotes[there], first)
    merged["turnover"][at] = np.add.reduceat(bars.turnover[there], first)
    volume = bars.volume[there]
    known = np.maximum.reduceat((~np.isnan(volume)).astype(np.float64), first)
    total = np.add.reduceat(np.nan_to_num(volume), first)
    largest = np.maximum.reduceat(np.nan_to_num(volume), first)
    traded = np.where(have_volume_of_the_day(bars.key[there][first]), largest, total)
    merged["volume"][at] = np.where(known > 0, traded, np.nan)
    return merged
