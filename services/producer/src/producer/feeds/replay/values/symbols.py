"""Reads symbols, and notes which letters a file writes them in."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from contracts.symbols import SYMBOL_PATTERN, SYMBOL_RULE
from producer.feeds.replay.values.column import Column, bad_value, one_by_one

type Letters = Literal["small", "capital", "side"]

_SYMBOL = re.compile(SYMBOL_PATTERN)
_LETTERS: dict[Letters, re.Pattern[str]] = {
    "small": re.compile("[a-z]"),
    "capital": re.compile("[A-Z]"),
    "side": re.compile("^(?:buy|sell)$"),
}


class SymbolReader:
    """Reads symbols; with `capitals` it reads ``aapl`` as ``AAPL``.

    `seen` gathers in which letters they are written, and whether some are sides of a trade.
    """

    def __init__(self, *, capitals: bool = False) -> None:
        self.seen: set[Letters] = set()
        self._capitals = capitals

    def read(self, values: Sequence[Any]) -> Column[str]:
        """Read a column of symbols."""
        try:
            texts = [it for it in set(values) if isinstance(it, str)]
        except TypeError:  # it holds more than texts and numbers
            return one_by_one(_symbol, values)
        self.seen.update(*map(_letters, texts))
        if self._capitals:
            capitals = {it: it.upper() for it in texts}
            values = [capitals.get(it, it) for it in values]
        try:
            symbols = {it: _symbol(it) for it in set(values)}
        except ValueError:
            return one_by_one(_symbol, values)
        return Column([symbols[it] for it in values], {})


def _symbol(value: Any) -> str:
    if not isinstance(value, str):
        raise bad_value("symbol", value)
    return _of_text(value.strip())


@lru_cache(maxsize=4096)
def _letters(text: str) -> frozenset[Letters]:
    return frozenset(it for it, pattern in _LETTERS.items() if pattern.search(text))


@lru_cache(maxsize=4096)
def _of_text(text: str) -> str:
    symbol = unicodedata.normalize("NFC", text)
    if not _SYMBOL.match(symbol):
        raise bad_value("symbol", text, f"takes {SYMBOL_RULE}")
    return symbol
