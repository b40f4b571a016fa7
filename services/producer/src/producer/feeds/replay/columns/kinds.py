"""Which of a file's rows are trades, where it has messages of several kinds."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from producer.feeds.replay.checks.unusable import DATABENTO
from producer.feeds.replay.columns.names import normalised

MOST_LOOKED_AT = 10_000
"""Rows at the start of a file from which it is decided."""

_LETTERS = {
    "e": ("trade", "aggTrade"),
    "T": ("t", "b"),
    "ev": ("T", "AM", "A"),
    "feed": ("trade",),
}
"""Members that tell messages apart, and which of them are rows: the first kind that is there.

They are those of Binance, of Alpaca, of Polygon and of Kraken's futures: one trade is in messages
of several kinds, and an order that is none has a price too.
"""
_NAMES = {
    "type", "kind", "recordtype", "event", "eventtype", "msgtype", "messagetype", "action",
    "ticktype",
}  # fmt: skip
_WORDS = ("match", "trade", "trades", "aggtrade", "ticker")
"""What stands in columns of these names in place of that, in any letters.

Such a column may also tell of something else, such as sides, types of orders or of securities:
only where one of these words is there does it tell kinds apart.
"""
_NO_TRADES = {"e": {"markPriceUpdate", "indexPriceUpdate", "executionReport"}, "T": {"x"}}
_COINBASE = {"received", "open", "done", "change", "activate"}
"""Messages with a price that are no trades, whatever else is in a file: marks, indices and orders
of Binance, trades that Alpaca takes back; orders of Coinbase, beside its `product_id` only.
"""
_SHOWN = 20


class Kind(NamedTuple):
    """The kind of those messages that are rows, and the column, by place and name, that tells."""

    place: int
    name: str
    rows: str

    def is_of(self, value: Any) -> bool:
        """Tell whether what the column says is this kind."""
        return value == self.rows or compared(self.name, value) == self.rows

    def why_other(self, value: Any) -> str:
        """Say why what has this value there is no row."""
        return f"its {self.name!r} is {str(value)[:_SHOWN]!r}, and that of rows {self.rows!r}"


@lru_cache(maxsize=1024)
def kinds_of(name: str) -> tuple[str, ...]:
    """Give the kinds that a column of this name may tell apart, in order of preference."""
    return _LETTERS.get(name) or (_WORDS if normalised(name) in _NAMES else ())


def compared(name: str, value: Any) -> str | None:
    """Bring what a column says to how kinds are written; None where that is no text."""
    if not isinstance(value, str):
        return None
    return value.strip() if name in _LETTERS else value.strip().casefold()


def kind_of(names: Sequence[str], column: Callable[[int], Iterable[Any]]) -> Kind | None:
    """Find where rows of several kinds are told apart, and which of them are trades.

    `column` gives the first values that stand at a place. Trades are Databento's rows whose action
    is T; else rows of the first kind in order of preference that is there, or of the usual one
    where none is there and what is there is known to be no trade.
    """
    if {*DATABENTO, "action"} <= set(names):
        return Kind(names.index("action"), "action", "T")
    for place, name in enumerate(names):
        if kinds := kinds_of(name):
            there = {compared(name, it) for it in column(place)}
            if kind := next((it for it in kinds if it in there), None):
                return Kind(place, name, kind)
            coinbase = _COINBASE if kinds is _WORDS and "product_id" in names else set()
            if there & _NO_TRADES.get(name, coinbase):
                return Kind(place, name, kinds[0])
    return None
