"""Bars to the points of lines and bands, which break where windows are missing."""

import numpy as np

from dashboard.charts.figure import milliseconds
from dashboard.models.missed import wide
from dashboard.store import Bars
from dashboard.store.bars import Floats, Times

_NOTHING = np.array([np.nan])


def outline(bars: Bars, breaks: Times) -> dict[str, Floats]:
    """Go around each unbroken part of the band: along the maxima and back along the minima."""
    parts = np.split(np.arange(len(bars)), breaks)
    x: list[Floats] = []
    y: list[Floats] = []
    for part in parts:
        ends = bars.end[part].astype(np.float64)
        x += [ends, ends[::-1], _NOTHING]
        y += [bars.high[part], bars.low[part][::-1], _NOTHING]
    return {"x": milliseconds(np.concatenate(x)[:-1]), "y": np.concatenate(y)[:-1]}


def points(bars: Bars, breaks: Times) -> tuple[Floats, Floats]:
    """Give the points of the average: of each bar its extremes and its end, in order of time."""
    times = np.stack([bars.average_low_at, bars.average_high_at, bars.end]).astype(np.float64)
    values = np.stack([bars.average_low, bars.average_high, bars.average])
    order = np.argsort(times, axis=0, kind="stable")
    x, y = (np.take_along_axis(it, order, axis=0).T.ravel() for it in (times, values))
    kept = np.append(np.diff(x) != 0, True)  # of one time the last
    firsts = np.concatenate([[0], np.cumsum(kept.reshape(-1, 3).sum(axis=1))])[breaks]
    return np.insert(x[kept], firsts, np.nan), np.insert(y[kept], firsts, np.nan)


def broken(values: np.ndarray, breaks: Times) -> Floats:
    """Break a line before these bars."""
    return np.insert(values.astype(np.float64), breaks, np.nan)


def gaps(bars: Bars) -> Times:
    """Find before which bars a line is to break: where windows are missing."""
    return wide(bars.start[1:] - bars.end[:-1]) + 1
