"""Spikes: windows whose maximum is far above their average, each listed once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from contracts.times import from_us
from dashboard.models.scope import Scope
from dashboard.store import Bars, Key
from dashboard.store.bars import MINUTE_US

LISTED = 12
_LONGEST_US = 2 * MINUTE_US  # of a bar of many windows no more can be said than this


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
    found = [it for key, of in scope.bars.items() for it in spikes_of(key, of, threshold_pct)]
    return sorted(found, key=lambda it: (it.at, it.symbol), reverse=True)


def spikes_of(key: Key, bars: Bars, threshold_pct: float) -> list[Spike]:
    """List the spikes of one line, the oldest first.

    Windows that overlap share theirs; of bars of many windows those that are furthest over count.
    """
    over = np.flatnonzero(bars.deviation >= threshold_pct)
    if not len(over):
        return []
    ends = bars.deviation_at[over]
    length = np.minimum(bars.end[over] - bars.start[over], _LONGEST_US)
    apart = np.append(True, ends[1:] - length[1:] >= ends[:-1])
    return [_spike(key, bars, group) for group in np.split(over, np.flatnonzero(apart)[1:])]


def _spike(key: Key, bars: Bars, group: np.ndarray) -> Spike:
    top = group[np.argmax(bars.deviation[group])]
    return Spike(
        symbol=key[0],
        source=key[1],
        at=from_us(bars.deviation_at[top]),
        peak=float(bars.peak[top]),
        deviation_pct=float(bars.deviation[top]),
        lasted=from_us(bars.deviation_at[group[-1]]) - from_us(bars.start[group[0]]),
    )
