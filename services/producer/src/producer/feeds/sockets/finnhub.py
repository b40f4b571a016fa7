"""Finnhub's trades: a key, one connection for each, trades without numbers."""

from datetime import timedelta

import msgspec

from contracts.event import Price, Symbol, Volume
from contracts.sources import Source
from producer.feeds.sockets.provider import Message, MessageError, Millis, Trade, moment


class _Trade(msgspec.Struct):
    symbol: Symbol = msgspec.field(name="s")
    price: Price = msgspec.field(name="p")
    volume: Volume = msgspec.field(name="v")
    time: Millis = msgspec.field(name="t")


class _Trades(msgspec.Struct, tag_field="type", tag="trade"):
    data: list[_Trade]


class _Ping(msgspec.Struct, tag_field="type", tag="ping"):
    pass


class _Error(msgspec.Struct, tag_field="type", tag="error"):
    msg: str


_decoder = msgspec.json.Decoder(_Trades | _Ping | _Error)


class Finnhub:
    """``wss://ws.finnhub.io?token=KEY``; a second connection under a key would cut the first."""

    source: Source = "finnhub"
    per_connection = 10**6
    overlaps = False
    lasts: timedelta | None = None

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    def url(self, _: tuple[str, ...]) -> str:
        """Give the address with the key."""
        return f"{self._url}{'&' if '?' in self._url else '?'}token={self._key}"

    def greeting(self, symbols: tuple[str, ...]) -> list[str]:
        """Subscribe to each symbol."""
        return [
            msgspec.json.encode({"type": "subscribe", "symbol": symbol}).decode()
            for symbol in symbols
        ]

    def read(self, text: str | bytes) -> Message:
        """Read a message; a volume of 0 is a price without a trade, and a price all the same."""
        try:
            found = _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MessageError(str(error)) from error
        match found:
            case _Trades(data):
                return Message(
                    trades=[Trade(it.symbol, it.price, it.volume, moment(it.time)) for it in data]
                )
            case _Error(msg):
                return Message(refused=msg)
        return Message()
