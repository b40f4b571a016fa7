"""Finds bars of two shares under one symbol, as where one table was put behind another."""

from collections.abc import Sequence
from datetime import datetime

from producer.feeds.replay.values.row import Row

_MOST = 50_000
_LEAST = 10
_SHARE = 0.1


class Twofold:
    """Counts rows whose time was that of an earlier one of the symbol, with another price.

    Not so rows of one time behind each other. Of times beyond the first `_MOST` nothing is noted.
    """

    def __init__(self) -> None:
        self._prices: dict[tuple[str, datetime], float] = {}
        self._last: tuple[str, datetime] | None = None
        self._count = 0
        self._one = ""

    def note(self, rows: Sequence[Row]) -> None:
        """Note bars or days, in the file's order."""
        for row in rows:
            at = row.symbol, row.time
            if at == self._last:
                continue
            self._last = at
            before = self._prices.get(at)
            if before is None:
                if len(self._prices) < _MOST:
                    self._prices[at] = row.price
            elif before != row.price:
                self._count += 1
                self._one = self._one or row.symbol

    @property
    def symbol(self) -> str:
        """One that has such rows, where they are many; nothing where they are few."""
        return self._one if self._count >= max(_LEAST, len(self._prices) * _SHARE) else ""
