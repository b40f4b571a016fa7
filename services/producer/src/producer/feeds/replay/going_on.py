"""Finds bars that come many times before they are over, each time with the volume so far."""

from collections.abc import Iterable
from datetime import datetime

_MOST = 20_000
_LEAST = 10
_SHARE = 0.1


class GoingOn:
    """Counts the bars of a symbol that have the time of the one before, and more volume.

    In a stream of candles most are so, and in what has two series of each symbol side by side. Bars
    of so many trades each, which may have a second together, have more volume or less by chance.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[datetime, float]] = {}
        self._rows = 0
        self._more = 0
        self._less = 0
        self._one = ""

    def note(self, bars: Iterable[tuple[str, datetime, float | None]]) -> None:
        """Note bars by symbol, time and volume, of which none is the same as one before."""
        for symbol, time, volume in bars:
            self._rows += 1
            if volume is None:
                continue
            last = self._last.get(symbol)
            if last is None and len(self._last) == _MOST:
                continue
            self._last[symbol] = time, volume
            if last and last[0] == time:
                self._more += volume > last[1]
                self._less += volume < last[1]
                self._one = self._one or symbol

    @property
    def symbol(self) -> str:
        """One that has such bars, where they are many; nothing where they are few."""
        many = max(_LEAST, self._rows * _SHARE, self._less / _SHARE)
        return self._one if self._more >= many else ""
