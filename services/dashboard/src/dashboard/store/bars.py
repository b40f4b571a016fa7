"""Bars: what the windows of a stretch of time come to, without losing an extreme.

A bar may be of one window or of many. Bars can be merged into longer ones again and again: the
result is the same as that of merging all windows at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Times = NDArray[np.int64]
"""Microseconds since 1970, UTC."""

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one symbol and source, oldest first, as columns of one length.

    `start` and `end` are the first start and the last end of the windows. `average` and `close` are
    the last window's; `average_low` and `average_high` the extremes of the average with the times
    of their windows' ends; `low` and `high` the extremes of the price. `deviation` is the largest
    `max_deviation_pct`, with its window's end and maximum (`peak`).

    The candle is of windows that do not overlap: those whose start is a multiple of their length,
    which share out the events among them. It is not a number where there is none; `volume` neither
    where the feed has none. `quotes` counts the candle's events.
    """

    start: Times
    end: Times
    average: Floats
    average_low: Floats
    average_low_at: Times
    average_high: Floats
    average_high_at: Times
    low: Floats
    high: Floats
    close: Floats
    deviation: Floats
    deviation_at: Times
    peak: Floats
    candle_start: Floats
    candle_open: Floats
    candle_high: Floats
    candle_low: Floats
    candle_close: Floats
    volume: Floats
    quotes: Floats

    def __len__(self) -> int:
        return len(self.end)

    def take(self, which: slice | NDArray[np.int64]) -> "Bars":
        """Give some of the bars."""
        return Bars(**{name: getattr(self, name)[which] for name in _NAMES})

    def between(self, after: int | None, until: int | None) -> "Bars":
        """Give the bars that end after one time and until another (None: no bound)."""
        first = 0 if after is None else int(np.searchsorted(self.end, after, "right"))
        last = len(self) if until is None else int(np.searchsorted(self.end, until, "right"))
        return self.take(slice(first, max(first, last)))


_NAMES = tuple(field.name for field in fields(Bars))
_TIMES = frozenset(
    {"start", "end", "average_low_at", "average_high_at", "deviation_at"},
)
_columns: dict[str, Any] = {
    name: np.array([], np.int64 if name in _TIMES else np.float64) for name in _NAMES
}
EMPTY = Bars(**_columns)


def from_windows(rows: pa.Table) -> Bars:
    """Make a bar of each window (`dashboard.store.reading.SCHEMA`) of one symbol and source.

    In order of their ends, each window once.
    """
    starts, ends = _times(rows, "window_start"), _times(rows, "window_end")
    order = np.lexsort((starts, ends))
    starts, ends = starts[order], ends[order]
    new = np.append(True, (np.diff(ends) != 0) | (np.diff(starts) != 0))[: len(ends)]
    order, starts, ends = order[new], starts[new], ends[new]
    value = {name: _values(rows, name)[order] for name in _VALUES}
    average = value["avg_price"]
    tumbling = starts % np.maximum(ends - starts, 1) == 0
    candle = {name: np.where(tumbling, value[name], np.nan) for name in _CANDLE}
    return Bars(
        start=starts,
        end=ends,
        average=average,
        average_low=average,
        average_low_at=ends,
        average_high=average,
        average_high_at=ends,
        low=value["min_price"],
        high=value["max_price"],
        close=value["close_price"],
        deviation=value["max_deviation_pct"],
        deviation_at=ends,
        peak=value["max_price"],
        candle_start=np.where(tumbling, starts, np.nan),
        candle_open=candle["open_price"],
        candle_high=candle["max_price"],
        candle_low=candle["min_price"],
        candle_close=candle["close_price"],
        volume=candle["volume"],
        quotes=candle["event_count"],
    )


_CANDLE = ("open_price", "max_price", "min_price", "close_price", "volume", "event_count")
_VALUES = (*_CANDLE, "avg_price", "max_deviation_pct")


def _times(rows: pa.Table, name: str) -> Times:
    times: Times = rows[name].combine_chunks().cast(pa.int64()).to_numpy()
    return times


def _values(rows: pa.Table, name: str) -> Floats:
    column = rows[name].combine_chunks().cast(pa.float64())
    values: Floats = column.to_numpy(zero_copy_only=False)
    return values


def join(parts: Sequence[Bars]) -> Bars:
    """Put bars behind each other; the parts must be in order."""
    parts = [part for part in parts if len(part)]
    if len(parts) <= 1:
        return parts[0] if parts else EMPTY
    return Bars(*(np.concatenate([getattr(it, name) for it in parts]) for name in _NAMES))


def add(bars: Bars, more: Bars) -> Bars:
    """Add bars of single windows to such; those that are there already change nothing."""
    if not len(bars) or not len(more) or more.end[0] > bars.end[-1]:
        return join([bars, more])
    both = join([bars, more])
    order = np.lexsort((both.start, both.end))
    start, end = both.start[order], both.end[order]
    new = np.append(True, (np.diff(end) != 0) | (np.diff(start) != 0))
    return both.take(order[new])


def merge(bars: Bars, width_us: int) -> Bars:
    """Merge the bars that end in the same stretch of `width_us`; they need not be in order.

    A stretch excludes its beginning and includes its end, as the ends of windows do. A candle that
    is there twice counts once.
    """
    if not len(bars):
        return bars
    if np.any(np.diff(bars.end) < 0):
        bars = bars.take(np.lexsort((bars.start, bars.end)))
    stretch = -(-bars.end // width_us)
    first = np.flatnonzero(np.diff(stretch, prepend=stretch[0] - 1))
    if len(first) == len(bars):
        return bars
    last = np.append(first[1:], len(bars)) - 1
    lowest = _first_highest(-bars.average_low, first, last)
    highest = _first_highest(bars.average_high, first, last)
    furthest = _first_highest(bars.deviation, first, last)
    candles = _candles(bars, stretch, stretch[first])
    return Bars(
        start=np.minimum.reduceat(bars.start, first),
        end=bars.end[last],
        average=bars.average[last],
        average_low=bars.average_low[lowest],
        average_low_at=bars.average_low_at[lowest],
        average_high=bars.average_high[highest],
        average_high_at=bars.average_high_at[highest],
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
    """Find the first place of the highest value between each first and last place."""
    lengths = last - first + 1
    highest = np.repeat(np.maximum.reduceat(values, first), lengths)
    places = np.flatnonzero(values == highest)
    group = np.repeat(np.arange(len(first)), lengths)[places]
    return places[np.unique(group, return_index=True)[1]]


def _candles(
    bars: Bars, stretch: NDArray[np.int64], stretches: NDArray[np.int64]
) -> dict[str, Floats]:
    """Merge the candles of each stretch."""
    names = _NAMES[_NAMES.index("candle_start") :]
    merged = {name: np.full(len(stretches), np.nan) for name in names}
    there = np.flatnonzero(~np.isnan(bars.candle_start))
    if not len(there):
        return merged
    order = np.lexsort((bars.candle_start[there], stretch[there]))
    there = there[order]
    once = np.append(True, np.diff(bars.candle_start[there]) != 0)
    there = there[once]
    of = stretch[there]
    first = np.flatnonzero(np.diff(of, prepend=of[0] - 1))
    last = np.append(first[1:], len(of)) - 1
    at = np.searchsorted(stretches, of[first])
    merged["candle_start"][at] = bars.candle_start[there][first]
    merged["candle_open"][at] = bars.candle_open[there][first]
    merged["candle_close"][at] = bars.candle_close[there][last]
    merged["candle_high"][at] = np.maximum.reduceat(bars.candle_high[there], first)
    merged["candle_low"][at] = np.minimum.reduceat(bars.candle_low[there], first)
    merged["quotes"][at] = np.add.reduceat(bars.quotes[there], first)
    volume = bars.volume[there]
    known = np.maximum.reduceat((~np.isnan(volume)).astype(np.float64), first)
    total = np.add.reduceat(np.nan_to_num(volume), first)
    merged["volume"][at] = np.where(known > 0, total, np.nan)
    return merged
