"""Tells trades that come again: a snapshot after a reconnect has the last ones once more."""

from collections.abc import Hashable, Sequence
from typing import Any

from producer.feeds.replay.values.amounts import is_nothing

_MOST = 50_000
"""Trades that are remembered at least; twice as many at most, in some 10 MB."""
BAR = "bar"
"""What stands for the number of a trade where rows are bars, which have none: their time is it."""

_NO_NUMBERS = {"0", "-1"}
"""What stands for the number of a trade that has none."""
_LONGEST = 60


def numbers_of(trades: Sequence[Any]) -> list[str | None]:
    """Give the numbers of trades as texts, None where one has none."""
    return [None if it is None else str(it)[:_LONGEST] for it in trades]


class Repeats:
    """Remembers trades, by their hashes, and tells of each whether it came before."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._older: set[int] = set()

    def is_one(self, number: str | None, *trade: Hashable) -> bool:
        """Note a trade by its number and all that is told of it; tells whether it came before.

        One without a number never did: two that are equal may be two trades.
        """
        if number is None:
            return False
        key = hash((number, *trade))
        if key in self._known or key in self._older:
            return number not in _NO_NUMBERS and not is_nothing(number)
        if len(self._known) == _MOST:
            self._known, self._older = set(), self._known
        self._known.add(key)
        return False
