"""The lowest and the highest price within a time, in bounded memory."""

from array import array
from typing import Any, Self

import msgspec

from gateway.clocks import is_far_ahead

PARTS = 100
"""Into how many parts the time is split: a price leaves it with its whole part."""


def part_us(within_us: int) -> int:
    """Give how long a part is, in microseconds."""
    return max(1, within_us // PARTS)


class KeptExtremes(msgspec.Struct):
    """A lowest and a highest price of each part."""

    parts: dict[int, tuple[float, float]] = {}


class Extremes:
    """The prices that are or can become the lowest or the highest of the newest parts.

    In rows of numbers, a part and a price in turn, both rising: a price that a lower one has
    followed is never the lowest again. The highest are kept as the lowest below 0. Of each part a
    row has one at most.
    """

    __slots__ = ("_highs", "_lows")

    def __init__(self) -> None:
        self._lows = array("d")
        self._highs = array("d")

    def change_pct(self, price: float, at_us: int, within_us: int, now_us: int) -> float | None:
        """Take in a price; give its change, in per cent, against the one it differs most from.

        Positive for a rise from the lowest price of the time, negative for a fall from the highest;
        None for a price that is older than the time. Prices of times that lie far ahead of now, of
        a clock that was set back, are forgotten.
        """
        part = at_us // part_us(within_us)
        if self._lows and _is_of_a_wrong_clock(self._lows[-2] * part_us(within_us), at_us, now_us):
            del self._lows[:], self._highs[:]
        newest = max(self._lows[-2], part) if self._lows else part
        if part <= newest - PARTS:
            return None
        low = _take_in(self._lows, part, price, newest)
        high = -_take_in(self._highs, part, -price, newest)
        return _change_pct(price, low, high)

    @property
    def newest(self) -> tuple[int, float, float]:
        """The newest part, and its lowest and highest price, between which one changes nothing."""
        return int(self._lows[-2]), self._lows[-1], -self._highs[-1]

    def largest_in_newest(self) -> float:
        """Give the largest change, of any sign, that a price between these two may have."""
        _, part_low, part_high = self.newest
        low, high = self._lows[1], -self._highs[1]
        return max(abs(_change_pct(it, low, high)) for it in (part_low, part_high))

    def to_kept(self) -> "KeptExtremes":
        """Give what is to be kept."""
        lows = dict(zip(self._lows[::2], self._lows[1::2], strict=True))
        highs = {part: -low for part, low in zip(self._highs[::2], self._highs[1::2], strict=True)}
        # One that is in one row only is dropped from the other when it is read again.
        lows, highs = highs | lows, lows | highs
        return KeptExtremes({int(part): (low, highs[part]) for part, low in lows.items()})

    @classmethod
    def from_kept(cls, kept: Any) -> Self:
        """Read what was kept; raises `msgspec.ValidationError`."""
        found = cls()
        for part, (low, high) in sorted(msgspec.convert(kept, KeptExtremes).parts.items()):
            _take_in(found._lows, part, low, part)
            _take_in(found._highs, part, -high, part)
        return found


def _is_of_a_wrong_clock(newest_us: float, at_us: int, now_us: int) -> bool:
    return is_far_ahead(int(newest_us), now_us) and not is_far_ahead(at_us, now_us)


def _change_pct(price: float, low: float, high: float) -> float:
    rise, fall = 100 * (price / low - 1), 100 * (price / high - 1)
    return rise if rise >= -fall else fall


def _take_in(row: array[float], part: int, price: float, newest: float) -> float:
    """Take a price into a row; give the lowest of those that are in the time."""
    while row and row[0] <= newest - PARTS:
        del row[:2]
    later = len(row)
    while later and row[later - 2] > part:
        later -= 2
    if later == len(row) or price < row[later + 1]:
        first = later
        while first and row[first - 1] >= price:
            first -= 2
        if not first or row[first - 2] < part:
            row[first:later] = array("d", (part, price))
    return row[1]
