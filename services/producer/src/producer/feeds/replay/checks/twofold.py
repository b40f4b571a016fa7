"""Detects two instruments mixed under one symbol, as where one table was put behind another."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from producer.feeds.replay.values.row import Row

_MOST = 50_000
_LEAST = 10
_SHARE = 0.1
_SEVERAL = 2


class Twofold:
    """Counts bars whose time was that of an earlier one of the symbol, with another price.

    Bars of one time behind each other may be of so many trades each, of which now more and now
    fewer have a time together: they count where every time has equally many. Of times beyond the
    first `_MOST` nothing is noted.
    """

    def __init__(self) -> None:
        self._prices: dict[tuple[str, datetime], float] = {}
        self._last: tuple[str, datetime] | None = None
        self._count = 0
        self._one = ""
        self._together = 1
        self._lengths: Counter[int] = Counter()

    def note(self, bars: Sequence[Row]) -> None:
        """Note bars, in the file's order."""
        for row in bars:
            at = row.symbol, row.time
            if at == self._last:
                self._together += 1
                continue
            if self._last is not None and len(self._lengths) < _SEVERAL:
                self._lengths[self._together] += 1
            self._last, self._together = at, 1
            before = self._prices.get(at)
            if before is None:
                if len(self._prices) < _MOST:
                    self._prices[at] = row.price
            elif before != row.price:
                self._count += 1
                self._one = self._one or row.symbol

    @property
    def symbol(self) -> str:
        """One that has such bars, where they are many; nothing where they are few."""
        if len(self._lengths) == 1 and self._last is not None:
            [(together, times)] = self._lengths.items()
            if together > 1 and times >= _LEAST:
                return self._last[0]
        return self._one if self._count >= max(_LEAST, len(self._prices) * _SHARE) else ""
