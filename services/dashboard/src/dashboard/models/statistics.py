"""One symbol in depth: its figures over a range, its returns, and how others move with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from contracts.times import from_us
from dashboard.models.candles import returns_pct
from dashboard.store import Bars
from dashboard.store.bars import Floats, Times
from dashboard.store.merging import merge, stretch_of
from dashboard.store.tiers import DAY_US

_FEW = 3


@dataclass(frozen=True)
class Statistics:
    """What a symbol did over a range; None where too little is there to tell.

    `vwap` is the mean of the prices weighted by their volumes, `volatility_pct` the standard
    deviation of the returns from candle to candle.
    """

    first: float
    last: float
    change_pct: float | None
    high: float
    high_at: datetime
    low: float
    low_at: datetime
    mean: float
    vwap: float | None
    volatility_pct: float | None
    best_pct: float | None
    worst_pct: float | None
    volume: float | None
    quotes: int


def statistics(bars: Bars, candles: Bars) -> Statistics:
    """Make the statistics of a range from its bars and their candles; there is one bar at least."""
    returns = returns_pct(candles)
    high, low = int(np.argmax(bars.high)), int(np.argmin(bars.low))
    first, last = float(bars.close[0]), float(bars.close[-1])
    volume = merge(candles, DAY_US).volume  # of a day, as some feeds have the day's so far
    volume = volume[~np.isnan(volume)]
    enough = len(returns) >= _FEW
    return Statistics(
        first=first,
        last=last,
        change_pct=100 * (last - first) / first if len(bars) > 1 else None,
        high=float(bars.high[high]),
        high_at=from_us(bars.end[high]),
        low=float(bars.low[low]),
        low_at=from_us(bars.end[low]),
        mean=float(np.mean(bars.average)),
        vwap=_vwap(candles),
        volatility_pct=float(np.std(returns, ddof=1)) if enough else None,
        best_pct=float(returns.max()) if len(returns) else None,
        worst_pct=float(returns.min()) if len(returns) else None,
        volume=float(volume.sum()) if len(volume) else None,
        quotes=int(np.nansum(candles.quotes)),
    )


def _vwap(candles: Bars) -> float | None:
    """Weigh the candles that have a VWAP with their volumes."""
    known = candles.take(np.flatnonzero(~np.isnan(candles.candle_vwap)))
    return float(known.turnover.sum() / known.volume.sum()) if len(known) else None


@dataclass(frozen=True)
class Correlation:
    """How two symbols' returns went together over the last candles, at each time."""

    times: Times
    values: Floats


def correlations(
    symbol: Bars, others: Mapping[str, Bars], width: int, over: int
) -> dict[str, Correlation]:
    """Correlate the returns of candles of one width over `over` of them, for each other symbol.

    Only candles that both have count, and only neighbours make a return.
    """
    found = {}
    for name, other in others.items():
        times, mine, its = _paired(symbol, other, width)
        if len(times) >= over:
            found[name] = Correlation(times[over - 1 :], _rolling(mine, its, over))
    return found


def _paired(one: Bars, other: Bars, width: int) -> tuple[Times, Floats, Floats]:
    stretches, at_one, at_other = np.intersect1d(
        stretch_of(one.end, width), stretch_of(other.end, width), return_indices=True
    )
    neighbours = np.flatnonzero(np.diff(stretches) == 1)
    changes = [
        np.diff(np.log(bars.candle_close[at]))[neighbours]
        for bars, at in ((one, at_one), (other, at_other))
    ]
    return stretches[1:][neighbours] * width, changes[0], changes[1]


def _rolling(one: Floats, other: Floats, over: int) -> Floats:
    views = [np.lib.stride_tricks.sliding_window_view(it, over) for it in (one, other)]
    apart = [it - it.mean(axis=1, keepdims=True) for it in views]
    together = (apart[0] * apart[1]).sum(axis=1)
    spread = np.sqrt((apart[0] ** 2).sum(axis=1) * (apart[1] ** 2).sum(axis=1))
    values = np.full(len(spread), np.nan)
    np.divide(together, spread, out=values, where=spread > 0)
    return values
