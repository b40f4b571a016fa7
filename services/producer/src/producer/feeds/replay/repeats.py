"""Tells trades that come again: a snapshot after a reconnect has the last ones once more."""

from typing import Any

from producer.feeds.replay.amounts import is_nothing

_MOST = 50_000
"""Trades that are remembered at least; twice as many at most, in some 10 MB."""


class Repeats:
    """Knows trades by what is the same when they come again; hashes stand for them."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._older: set[int] = set()

    def is_one(self, number: Any, *trade: Any) -> bool:
        """Note a trade by its number and all that is told of it; tells whether it came before.

        One without a number is none: two that are equal may be two trades.
        """
        if number is None or str(number) == "0" or is_nothing(str(number)):
            return False
        key = hash((str(number), *trade))
        if key in self._known or key in self._older:
            return True
        if len(self._known) == _MOST:
            self._known, self._older = set(), self._known
        self._known.add(key)
        return False
