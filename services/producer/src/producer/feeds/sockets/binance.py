"""Binance's trade streams: no key, prices as strings, trades numbered by symbol."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import Meta
from yarl import URL

from contracts.event import MAX_PRICE, Volume
from contracts.sources import Source
from contracts.times import from_ms
from producer.feeds.sockets.provider import (
    Message,
    MessageError,
    Millis,
    Trade,
    symbol_of,
)

DEFAULT_SYMBOLS = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "XRPUSDT")
LONGEST_ADDRESS = 8000
"""In characters: servers and what stands before them take some 8 KB in a request's first line."""

_NOTHING_TRADED = "NA"


class _Trade(msgspec.Struct, tag_field="e", tag="trade"):
    symbol: str = msgspec.field(name="s")
    number: int = msgspec.field(name="t")
    price: Annotated[float, Meta(ge=0, le=MAX_PRICE)] = msgspec.field(name="p")
    quantity: Volume = msgspec.field(name="q")
    time: Millis = msgspec.field(name="T")
    kind: str | None = msgspec.field(name="X", default=None)


class _Ending(msgspec.Struct, tag_field="e", tag="serverShutdown"):
    pass


class _Wrapped(msgspec.Struct):
    data: _Trade | _Ending


class _Form(msgspec.Struct):
    stream: str | msgspec.UnsetType = msgspec.UNSET


_form = msgspec.json.Decoder(_Form)
# Numbers in strings are numbers here.
_wrapped = msgspec.json.Decoder(_Wrapped, strict=False)
_bare = msgspec.json.Decoder(_Trade | _Ending, strict=False)


class Binance:
    """`/stream?streams=…` of the market-data host; a connection lasts 24 hours."""

    source: Source = "binance"
    has_key = False
    overlaps = True
    lasts: timedelta | None = timedelta(hours=24)
    most_streams = 1024

    def __init__(self, url: str) -> None:
        self._url = URL(url.rstrip("/")) / "stream"

    def split(self, symbols: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Spread symbols so that no address is too long and no connection has too many."""
        groups: list[list[str]] = []
        length = LONGEST_ADDRESS
        for symbol in symbols:
            length += len(_stream(symbol)) + 1
            if length > LONGEST_ADDRESS or len(groups[-1]) == self.most_streams:
                groups.append([])
                length = len(str(self.url((symbol,))))
            groups[-1].append(symbol)
        return [tuple(group) for group in groups]

    def url(self, symbols: tuple[str, ...]) -> URL:
        """Ask for the symbols by the address."""
        streams = "/".join(_stream(symbol) for symbol in symbols)
        return URL(f"{self._url}?streams={streams}", encoded=True)

    def subscriptions(self, _: tuple[str, ...]) -> list[str]:
        """Nothing needs to be said."""
        return []

    def read(self, text: str | bytes) -> Message:
        """Read a message, wrapped with its stream or bare."""
        try:
            is_wrapped = _form.decode(text).stream is not msgspec.UNSET
            found = _wrapped.decode(text).data if is_wrapped else _bare.decode(text)
        except (ValueError, RecursionError) as error:
            raise MessageError(str(error)) from error
        if isinstance(found, _Ending):
            return Message(ending=True)
        if not found.price and found.quantity and found.kind != _NOTHING_TRADED:
            raise MessageError("a price of 0")
        return Message(
            trades=[
                Trade(
                    symbol_of(found.symbol),
                    found.price,
                    found.quantity,
                    from_ms(found.time),
                    found.number,
                )
            ]
        )


def _stream(symbol: str) -> str:
    """Name a symbol's stream as the address has it: in small letters, percent-encoded."""
    return f"{quote(symbol.lower(), safe='')}@trade"
