"""Detects unfinished candles: the same bar repeated with growing volume."""

from collections.abc import Sequence

from producer.feeds.replay.values.row import Row

_MOST = 20_000
_LEAST = 10
_SHARE = 0.1


class GoingOn:
    """Counts the bars of a symbol that have the time of the one before, and more volume.

    In a stream of candles most are so, and in what has two series of each symbol side by side. Bars
    of so many trades each, which may have a second together, have more volume or less by chance:
    `by_ticks` tells those.
    """

    def __init__(self) -> None:
        self._last: dict[str, Row] = {}
        self._count = 0
        self._together = 0
        self._more = 0
        self._less = 0
        self._one = ""

    def note(self, bars: Sequence[Row]) -> None:
        """Note bars, of which none is the same as one before."""
        self._count += len(bars)
        for bar in bars:
            last = self._last.get(bar.symbol)
            if last is None and len(self._last) == _MOST:
                continue
            self._last[bar.symbol] = bar
            if last is not None and last.time == bar.time:
                self._together += (bar.price, bar.volume) != (last.price, last.volume)
                self._compare(bar, last)

    def _compare(self, bar: Row, last: Row) -> None:
        if bar.volume is not None and last.volume is not None:
            self._more += bar.volume > last.volume
            self._less += bar.volume < last.volume
            self._one = self._one or bar.symbol

    @property
    def symbol(self) -> str:
        """One that has such bars, where they are many; nothing where they are few."""
        many = max(_LEAST, self._count * _SHARE, self._less / _SHARE)
        return self._one if self._more >= many else ""

    @property
    def by_ticks(self) -> bool:
        """Tell whether bars have no time of their own: many have that of the one before."""
        return self._together >= _LEAST and not self.symbol
