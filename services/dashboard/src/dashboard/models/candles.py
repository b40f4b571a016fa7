"""Candles of equal width, from windows that do not overlap, and their returns."""

from datetime import timedelta

import numpy as np

from dashboard.store import Bars, merge
from dashboard.store.bars import MINUTE_US, Floats

_WIDTHS_MIN = (1, 5, 15, 30, 60, 120, 240, 360, 720, 1440, 10_080)
_MOST = 130


def width_us(span: timedelta, length_us: int = MINUTE_US) -> int:
    """Choose a width that gives some hundred candles, a window's length at least."""
    span_us = span // timedelta(microseconds=1)
    for minutes in _WIDTHS_MIN:
        width = minutes * MINUTE_US
        if width >= length_us and span_us <= _MOST * width:
            return width
    return max(length_us, -(-span_us // (_MOST * MINUTE_US)) * MINUTE_US)


def candles(bars: Bars, width: int) -> Bars:
    """Merge bars to candles of a width (microseconds); those without a candle are left out."""
    with_candle = bars.take(np.flatnonzero(~np.isnan(bars.candle_start)))
    return merge(with_candle, width)


def returns_pct(of: Bars) -> Floats:
    """Give the change from each candle's close to the next one's, in per cent."""
    return 100 * np.diff(of.candle_close) / of.candle_close[:-1]
