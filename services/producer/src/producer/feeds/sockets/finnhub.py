"""Finnhub's trades: a key, one connection for each, trades without numbers."""

from datetime import timedelta
from typing import Any

import msgspec
from yarl import URL

from contracts.event import Price, Volume
from contracts.logs import MASK
from contracts.sources import Source
from contracts.times import from_ms
from producer.feeds.off_market import FINNHUB, is_off_market
from producer.feeds.sockets.provider import (
    Message,
    MessageError,
    Millis,
    Trade,
    symbol_of,
)


class _Trade(msgspec.Struct):
    symbol: str = msgspec.field(name="s")
    price: Price = msgspec.field(name="p")
    volume: Volume = msgspec.field(name="v")
    time: Millis = msgspec.field(name="t")
    conditions: Any = msgspec.field(name="c", default=None)

    @property
    def is_off_market(self) -> bool:
        """Tell whether one of its conditions says so; they are texts in a list, or null."""
        codes = self.conditions if isinstance(self.conditions, list) else []
        return is_off_market(codes, FINNHUB)


class _Trades(msgspec.Struct, tag_field="type", tag="trade"):
    data: list[msgspec.Raw]


class _Ping(msgspec.Struct, tag_field="type", tag="ping"):
    pass


class _Error(msgspec.Struct, tag_field="type", tag="error"):
    msg: str


_message = msgspec.json.Decoder(_Trades | _Ping | _Error)
_trade = msgspec.json.Decoder(_Trade)


class Finnhub:
    """``wss://ws.finnhub.io?token=KEY``; a second connection under a key would cut the first."""

    source: Source = "finnhub"
    has_key = True
    overlaps = False
    lasts: timedelta | None = None

    def __init__(self, url: str, key: str) -> None:
        self._url = URL(url).update_query(token=key)
        self._key = key

    def split(self, symbols: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Keep all symbols on the one connection of the key."""
        return [symbols]

    def url(self, _: tuple[str, ...]) -> URL:
        """Give the address with the key."""
        return self._url

    def subscriptions(self, symbols: tuple[str, ...]) -> list[str]:
        """Subscribe to each symbol."""
        return [
            msgspec.json.encode({"type": "subscribe", "symbol": symbol}).decode()
            for symbol in symbols
        ]

    def read(self, text: str | bytes) -> Message:
        """Read a message; a trade that cannot be used costs itself only.

        A volume of 0 is a price without a trade, and a price all the same.
        """
        try:
            found = _message.decode(text)
        except (ValueError, RecursionError) as error:
            raise MessageError(str(error)) from error
        match found:
            case _Trades(data):
                return _read_trades(data)
            case _Error(msg):
                return Message(refused=[msg.replace(self._key, MASK)])
        return Message()


def _read_trades(data: list[msgspec.Raw]) -> Message:
    trades: list[Trade] = []
    refused: list[str] = []
    off_market = 0
    for raw in data:
        try:
            trade = _trade.decode(raw)
        except (ValueError, RecursionError) as error:
            refused.append(f"a trade that cannot be used: {error}")
            continue
        if trade.is_off_market:
            off_market += 1
        else:
            symbol, time = symbol_of(trade.symbol), from_ms(trade.time)
            trades.append(Trade(symbol, trade.price, trade.volume, time))
    return Message(trades, refused=refused, off_market=off_market)
