"""Binance's trade streams: no key, prices as strings, trades numbered by symbol."""

from datetime import timedelta

import msgspec

from contracts.event import Price, Symbol, Volume
from contracts.sources import Source
from producer.feeds.sockets.provider import Message, MessageError, Millis, Trade, moment

DEFAULT_SYMBOLS = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "XRPUSDT")


class _Trade(msgspec.Struct, tag_field="e", tag="trade"):
    symbol: Symbol = msgspec.field(name="s")
    number: int = msgspec.field(name="t")
    price: Price = msgspec.field(name="p")
    quantity: Volume = msgspec.field(name="q")
    time: Millis = msgspec.field(name="T")


class _Ending(msgspec.Struct, tag_field="e", tag="serverShutdown"):
    pass


class _Wrapped(msgspec.Struct):
    data: _Trade | _Ending


class _Kind(msgspec.Struct):
    stream: str | msgspec.UnsetType = msgspec.UNSET


_kind = msgspec.json.Decoder(_Kind)
# Numbers in strings are numbers here.
_wrapped = msgspec.json.Decoder(_Wrapped, strict=False)
_bare = msgspec.json.Decoder(_Trade | _Ending, strict=False)


class Binance:
    """`/stream?streams=…` of the market-data host; a connection lasts 24 hours."""

    source: Source = "binance"
    per_connection = 1024
    overlaps = True
    lasts: timedelta | None = timedelta(hours=24)

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def url(self, symbols: tuple[str, ...]) -> str:
        """Ask for the symbols by the address."""
        streams = "/".join(f"{symbol.lower()}@trade" for symbol in symbols)
        return f"{self._url}/stream?streams={streams}"

    def greeting(self, _: tuple[str, ...]) -> list[str]:
        """Nothing needs to be said."""
        return []

    def read(self, text: str | bytes) -> Message:
        """Read a message, wrapped with its stream or bare."""
        try:
            wrapped = _kind.decode(text).stream is not msgspec.UNSET
            found = _wrapped.decode(text).data if wrapped else _bare.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MessageError(str(error)) from error
        if isinstance(found, _Ending):
            return Message(ending=True)
        trade = Trade(found.symbol, found.price, found.quantity, moment(found.time), found.number)
        return Message(trades=[trade])
