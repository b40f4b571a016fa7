"""Tells trades that come again: a snapshot after a reconnect has the last ones once more."""

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from producer.feeds.replay.values.amounts import is_nothing
from producer.feeds.replay.values.row import Row

_MOST = 50_000
"""Trades that are remembered at least; twice as many at most, in some 10 MB."""
_MOST_SYMBOLS = 20_000
BAR = "bar"
"""What stands for the number of a trade where rows are bars, which have none: their time is it."""

_NO_NUMBERS = {"0", "-1"}
"""What stands for the number of a trade that has none."""
LONGEST = 60
"""Characters of a number that count."""


def numbers_of(trades: Sequence[Any]) -> list[str | None]:
    """Give the numbers of trades as texts, None where one has none."""
    return [None if it is None else str(it)[:LONGEST] for it in trades]


class Runs:
    """Numbers equal bars of one time one behind the other, which are several where bars are ticks'.

    A file that another one with some of its bars was appended to has the same numbers twice. Of
    symbols beyond the first `_MOST_SYMBOLS` nothing is noted.
    """

    def __init__(self) -> None:
        self._runs: dict[str, tuple[datetime, Counter[Hashable]]] = {}

    def numbered(self, bars: Sequence[Row]) -> list[Row]:
        """Give bars, in the file's order, of which equal ones have different numbers."""
        return list(map(self._numbered, bars))

    def _numbered(self, bar: Row) -> Row:
        time, seen = self._runs.get(bar.symbol, (None, Counter[Hashable]()))
        if time != bar.time:
            if time is None and len(self._runs) == _MOST_SYMBOLS:
                return bar
            seen = Counter()
            self._runs[bar.symbol] = bar.time, seen
        what = bar.price, bar.volume
        seen[what] += 1
        before = seen[what] - 1
        return msgspec.structs.replace(bar, number=f"{BAR}-{before}") if before else bar


def is_bar(number: str | None) -> bool:
    """Tell by what stands for the number of a trade whether a row is a bar."""
    return number is not None and number.partition("-")[0] == BAR


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
