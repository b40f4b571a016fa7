"""What a reader of the stream wants, and what they all want."""

from collections.abc import Iterable
from typing import NamedTuple

type Symbols = frozenset[str] | None
"""None for all."""

_OF_TRADES = frozenset({"trade", "open", "candle"})


class Subscription(NamedTuple):
    """Symbols and kinds; an alert of no symbol is for everyone who wants alerts."""

    symbols: Symbols
    kinds: frozenset[str]

    def wants(self, kind: str, symbol: str | None) -> bool:
        """Tell whether a message is for this reader."""
        return kind in self.kinds and (
            self.symbols is None or symbol is None or symbol in self.symbols
        )


class Wanted(NamedTuple):
    """The symbols whose trades and open windows any reader wants, and those of candles."""

    symbols: Symbols = None
    candles: Symbols = frozenset()

    def has(self, kind: str, symbol: str) -> bool:
        """Tell whether anybody wants this."""
        symbols = self.candles if kind == "candle" else self.symbols
        return symbols is None or symbol in symbols


ALL_BUT_CANDLES = Wanted()


def wanted(asked: Iterable[Subscription]) -> Wanted:
    """Tell what all readers want that is made of trades."""
    of_trades = [it for it in asked if not _OF_TRADES.isdisjoint(it.kinds)]
    return Wanted(_all_of(of_trades), _all_of(it for it in of_trades if "candle" in it.kinds))


def _all_of(asked: Iterable[Subscription]) -> Symbols:
    of = [it.symbols for it in asked]
    return None if None in of else frozenset[str]().union(*filter(None, of))
