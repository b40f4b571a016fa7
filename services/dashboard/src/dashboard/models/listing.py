"""The newest windows as lines of a table: what the chart shows, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from contracts.times import from_us
from dashboard.store import Bars, Key

LISTED = 60


@dataclass(frozen=True)
class Line:
    """A bar: a window, or what the windows that end in one stretch come to. Prices in dollars.

    `vwap` is None where it has none.
    """

    until: datetime
    symbol: str
    source: str
    average: float
    vwap: float | None
    low: float
    high: float
    close: float


def newest(bars: Mapping[Key, Bars], most: int = LISTED) -> list[Line]:
    """List so many bars at most, the newest first, those of one end in the order of `bars`."""
    found = [
        (int(its.end[at]), -place, key, its, at)
        for place, (key, its) in enumerate(bars.items())
        for at in range(max(0, len(its) - most), len(its))
    ]
    found.sort(key=lambda it: it[:2], reverse=True)
    return [
        Line(
            from_us(end),
            *key,
            average=float(its.average[at]),
            vwap=None if np.isnan(its.vwap[at]) else float(its.vwap[at]),
            low=float(its.low[at]),
            high=float(its.high[at]),
            close=float(its.close[at]),
        )
        for end, _, key, its, at in found[:most]
    ]
