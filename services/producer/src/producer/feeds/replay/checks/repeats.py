"""Tells trades that come again: a snapshot after a reconnect has the last ones once more."""

from collections.abc import Hashable
from typing import Any

from producer.feeds.replay.values.amounts import is_nothing

_MOST = 50_000
"""Trades that are remembered at least; twice as many at most, in some 10 MB."""
BAR = "bar"
"""What stands for the number of a trade where rows are bars, which have none: their time is it."""


class Repeats:
    """Remembers trades, by their hashes, and tells of each whether it came before."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._older: set[int] = set()

    def is_one(self, number: Any, *trade: Hashable) -> bool:
        """Note a trade by its number and all that is told of it; tells whether it came before.

        One without a number never did: two that are equal may be two trades.
        """
        text = "" if number is None else str(number)
        key = hash((text, *trade))
        if key in self._known or key in self._older:
            return text != "0" and not is_nothing(text)
        if len(self._known) == _MOST:
            self._known, self._older = set(), self._known
        self._known.add(key)
        return False
