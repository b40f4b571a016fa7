"""Bars: what the windows of a stretch of time come to, without losing an extreme.

A bar may be of one window or of many.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.store.keys import Codes

type Floats = NDArray[np.float64]
type Times = NDArray[np.int64]
"""Microseconds since 1970, UTC."""

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one or many symbols and sources, in order of their ends, as columns of one length.

    `key` tells whose each is (`dashboard.store.keys.Keys`). `start` and `end` are the first start
    and the last end of the windows. `average`, `vwap` and `close` are the last window's;
    `average_low` and `average_high` the extremes of the average with the times of their windows'
    ends; `low` and `high` the extremes of the price. `deviation` is the largest
    `max_deviation_pct`, with its window's end and maximum (`peak`).

    The candle is of windows that do not overlap: those whose start is a multiple of their length,
    which share out the events among them. It begins at `candle_start`, and its last window ends at
    `candle_end`, which may be before `end`: windows that slide have their ends in between. It is
    not a number where there is none; `volume` neither where the feed has none, and the largest
    where it is the day's so far. `quotes` counts the candle's events. `turnover` is its sum of
    price times volume; not a number either where a window with a volume has no VWAP.
    """

    key: Codes
    start: Times
    end: Times
    average: Floats
    average_low: Floats
    average_low_at: Times
    average_high: Floats
    average_high_at: Times
    vwap: Floats
    low: Floats
    high: Floats
    close: Floats
    deviation: Floats
    deviation_at: Times
    peak: Floats
    candle_start: Floats
    candle_end: Floats
    candle_open: Floats
    candle_high: Floats
    candle_low: Floats
    candle_close: Floats
    volume: Floats
    quotes: Floats
    turnover: Floats

    def __len__(self) -> int:
        return len(self.end)

    @property
    def candle_vwap(self) -> Floats:
        """The candle's mean price weighted by volume; not a number where it is not known."""
        mean = np.full(len(self), np.nan)
        np.divide(self.turnover, self.volume, out=mean, where=self.volume > 0)
        held: Floats = np.clip(mean, self.candle_low, self.candle_high)
        return held

    def take(self, which: slice | NDArray[np.int64]) -> "Bars":
        """Give some of the bars."""
        return Bars(**{name: getattr(self, name)[which] for name in _NAMES})

    def of(self, code: int) -> "Bars":
        """Give the bars of one symbol and source."""
        return self.take(np.flatnonzero(self.key == code))

    def between(self, after: int | None, until: int | None) -> "Bars":
        """Give the bars that end after one time and until another (None: no bound)."""
        first = 0 if after is None else int(np.searchsorted(self.end, after, "right"))
        last = len(self) if until is None else int(np.searchsorted(self.end, until, "right"))
        return self.take(slice(first, max(first, last)))


_NAMES = tuple(field.name for field in fields(Bars))
_WHOLE = frozenset({"key", "start", "end", "average_low_at", "average_high_at", "deviation_at"})
_columns: dict[str, Any] = {
    name: np.array([], np.int64 if name in _WHOLE else np.float64) for name in _NAMES
}
EMPTY = Bars(**_columns)


def join(parts: Sequence[Bars]) -> Bars:
    """Put bars behind each other; the parts must be in order."""
    parts = [part for part in parts if len(part)]
    if len(parts) <= 1:
        return parts[0] if parts else EMPTY
    return Bars(*(np.concatenate([getattr(it, name) for it in parts]) for name in _NAMES))


def add(bars: Bars, more: Bars) -> tuple[Bars, Bars]:
    """Add bars of single windows to such; gives all of them, and those that were not there yet."""
    both = join([bars, more])
    if not len(bars) or not len(more) or more.end[0] > bars.end[-1]:
        return both, more
    places = each_once(both.key, both.start, both.end)
    return both.take(places), both.take(places[places >= len(bars)])


def each_once(key: Codes, start: Times, end: Times) -> NDArray[np.int64]:
    """Give the places of windows in order of their ends, of equal ones the first."""
    order = np.lexsort((start, key, end))
    new = np.zeros(len(order), np.bool_)
    new[:1] = True
    for column in (key, start, end):
        new[1:] |= np.diff(column[order]) != 0
    return order[new]
