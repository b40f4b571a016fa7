"""Spikes: windows whose maximum is far above their average, each listed once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from contracts.times import from_us
from dashboard.models.scope import Scope
from dashboard.store import Bars, Key
from dashboard.store.bars import MINUTE_US

LISTED = 12
_LEAST_US = 2 * MINUTE_US


@dataclass(frozen=True)
class Spike:
    """A run of overlapping windows over the threshold, by the one that is furthest over."""

    symbol: str
    source: str
    at: datetime
    peak: float
    deviation_pct: float
    lasted: timedelta


def spikes(scope: Scope, threshold_pct: float) -> list[Spike]:
    """List the spikes of all lines of a scope, the newest first."""
    window_us = scope.window_us
    found = [
        it for key, of in scope.bars.items() for it in spikes_of(key, of, threshold_pct, window_us)
    ]
    return sorted(found, key=lambda it: (it.at, it.symbol), reverse=True)


def spikes_of(
    key: Key, bars: Bars, threshold_pct: float, window_us: int | None = None
) -> list[Spike]:
    """List the spikes of one line, the oldest first.

    Windows that overlap share theirs; of bars of many windows, which are `window_us` long, those
    that are furthest over count.
    """
    over = np.flatnonzero(bars.deviation >= threshold_pct)
    if not len(over):
        return []
    ends = bars.deviation_at[over]
    length = bars.end[over] - bars.start[over]
    if window_us is not None:  # of a long bar it is not known which of its windows are over, too
        length = np.minimum(length, max(_LEAST_US, window_us + MINUTE_US))
    apart = np.append(True, ends[1:] - length[1:] >= ends[:-1])
    groups = np.split(over, np.flatnonzero(apart)[1:])
    return [_spike(key, bars, group, window_us) for group in groups]


def _spike(key: Key, bars: Bars, group: np.ndarray, window_us: int | None) -> Spike:
    top, first, last = group[np.argmax(bars.deviation[group])], group[0], group[-1]
    begin = bars.start[first] if window_us is None else bars.deviation_at[first] - window_us
    return Spike(
        symbol=key[0],
        source=key[1],
        at=from_us(bars.deviation_at[top]),
        peak=float(bars.peak[top]),
        deviation_pct=float(bars.deviation[top]),
        lasted=from_us(bars.deviation_at[last]) - from_us(begin),
    )
