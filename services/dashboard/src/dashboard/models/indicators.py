"""What traders work out of bars: averages, bands, relative strength, and their names.

By hand, for they are four formulas: TA-Lib, which the tests compare them with, brings pandas into
the server (56 MiB and a second more).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, log

import numpy as np

from dashboard.store import Bars
from dashboard.store.bars import Floats

LONGEST, MOST = 400, 8
_NAMES = {"vwap": "VWAP", "sma": "SMA", "ema": "EMA", "bollinger": "Bollinger", "rsi": "RSI"}
MEANINGS = (
    "VWAP: average price weighted by volume. SMA, EMA: simple and exponential moving average."
    " Bollinger 20 2: bands 2 standard deviations above and below the SMA 20. RSI: relative"
    " strength index, over 70 after strong rises, under 30 after strong falls."
)
_SHORTEST = {"vwap": 1}
_WRITTEN = re.compile(r"([a-z]+)[: ]([0-9]{1,3})(?:[: ]([0-9](?:\.[0-9])?))?")
_DEVIATIONS = 2.0
_FORGOTTEN = 1e-6
"""The share that what came before may have in the first value that is shown."""


@dataclass(frozen=True)
class Indicator:
    """An indicator over so many bars; `deviations` is the width of Bollinger's bands."""

    kind: str
    length: int
    deviations: float = _DEVIATIONS

    @property
    def written(self) -> str:
        """Write it as the address has it."""
        last = f":{self.deviations:g}" if self.kind == "bollinger" else ""
        return f"{self.kind}:{self.length}{last}"

    @property
    def label(self) -> str:
        """Name it for people; a VWAP of one bar is the bar's."""
        if self.kind == "vwap" and self.length == 1:
            return _NAMES["vwap"]
        last = f" {self.deviations:g}" if self.kind == "bollinger" else ""
        return f"{_NAMES[self.kind]} {self.length}{last}"

    @property
    def bars_before(self) -> int:
        """How many bars before the first that is shown it takes for that one's value."""
        if self.kind == "ema":
            return self.length + _memory(1 - 2 / (self.length + 1))
        if self.kind == "rsi":
            return self.length + _memory(1 - 1 / self.length)
        return self.length - 1


def _memory(kept: float) -> int:
    """Tell in how many steps a value is forgotten of which each step keeps a share."""
    return ceil(log(_FORGOTTEN) / log(kept))


BAR_VWAP = Indicator("vwap", 1)
OFFERED = (
    BAR_VWAP,
    Indicator("vwap", 20),
    Indicator("sma", 20),
    Indicator("sma", 50),
    Indicator("sma", 200),
    Indicator("ema", 12),
    Indicator("ema", 26),
    Indicator("ema", 50),
    Indicator("bollinger", 20),
    Indicator("rsi", 14),
)


def read(texts: Sequence[str]) -> tuple[Indicator, ...]:
    """Read indicators as the address has them, or as a person types them: `ema:50`, `EMA 50`.

    What cannot be one, and what is more than `MOST`, is left out.
    """
    found = [it for text in texts if (it := _read(text))]
    return tuple(dict.fromkeys(found))[:MOST]


def _read(text: str) -> Indicator | None:
    typed = text.strip().lower()
    parts = _WRITTEN.fullmatch("vwap:1" if typed == "vwap" else typed)
    if parts is None or parts[1] not in _NAMES:
        return None
    kind, length = parts[1], int(parts[2])
    deviations = float(parts[3] or _DEVIATIONS) if kind == "bollinger" else _DEVIATIONS
    if not _SHORTEST.get(kind, 2) <= length <= LONGEST or not deviations:
        return None
    return Indicator(kind, length, deviations)


def sma(values: Floats, length: int) -> Floats:
    """Give the mean of each value and those before; not a number where there are too few."""
    return _filled(_views(values, length).mean(axis=1), len(values))


def ema(values: Floats, length: int) -> Floats:
    """Give the average in which a value weighs 2 in `length` + 1, and what came before the rest.

    It begins with the mean of the first `length`.
    """
    return _smoothed(values, length, 2 / (length + 1))


def bollinger(values: Floats, length: int, deviations: float) -> tuple[Floats, Floats]:
    """Give the lower and the upper band: so many standard deviations around the mean."""
    apart = deviations * _filled(_views(values, length).std(axis=1), len(values))
    mean = sma(values, length)
    return mean - apart, mean + apart


def rsi(values: Floats, length: int) -> Floats:
    """Give Wilder's relative strength: 0 where all fell, 100 where all rose; 50 where none moved.

    Rises and falls are averages in which the last weighs 1 in `length`.
    """
    changes = np.diff(values)
    rises = _smoothed(np.maximum(changes, 0), length, 1 / length)
    falls = _smoothed(np.maximum(-changes, 0), length, 1 / length)
    moved = rises + falls
    strength = np.where(np.isnan(moved), np.nan, 50.0)
    np.divide(100 * rises, moved, out=strength, where=moved > 0)
    return np.concatenate([np.full(min(1, len(values)), np.nan), strength])


def vwap(bars: Bars, length: int) -> Floats:
    """Give the mean price of so many bars weighted by volume; not a number where one is unknown."""
    if length == 1:
        return bars.candle_vwap
    turnover = _views(bars.turnover, length).sum(axis=1)
    volume = _views(bars.volume, length).sum(axis=1)
    mean = np.full(len(volume), np.nan)
    np.divide(turnover, volume, out=mean, where=volume > 0)
    return _filled(mean, len(bars))


def _views(values: Floats, length: int) -> Floats:
    if len(values) < length:
        return np.empty((0, length))
    views: Floats = np.lib.stride_tricks.sliding_window_view(values, length)
    return views


def _filled(values: Floats, length: int) -> Floats:
    return np.concatenate([np.full(length - len(values), np.nan), values])


def _smoothed(values: Floats, length: int, weight: float) -> Floats:
    if len(values) < length:
        return np.full(len(values), np.nan)
    begin = float(values[:length].mean())
    steps = accumulate(
        values[length:].tolist(),
        lambda before, value: before + (value - before) * weight,
        initial=begin,
    )
    return _filled(np.fromiter(steps, np.float64), len(values))
