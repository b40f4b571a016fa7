"""What a provider of trades is."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple, Protocol

from msgspec import Meta
from yarl import URL

from contracts.sources import Source

_LAST_MS = 253_402_300_799_999  # of the year 9999

type Millis = Annotated[int, Meta(ge=0, le=_LAST_MS)]
"""Milliseconds since 1970, UTC."""


class MessageError(Exception):
    """A message that is none of the provider's; says why."""


class Trade(NamedTuple):
    """One trade; `number` grows by one per symbol, where the provider numbers them.

    A price of 0 tells that nothing was traded: only the number counts.
    """

    symbol: str
    price: float
    volume: float
    time: datetime
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What came: trades, that this connection is about to end, and why something is refused.

    `off_market` counts trades that were not made at the market's price of their time.
    """

    trades: list[Trade] = field(default_factory=list)
    ending: bool = False
    refused: list[str] = field(default_factory=list)
    off_market: int = 0


class Provider(Protocol):
    """Where to connect, how to subscribe, and what the messages mean.

    `has_key` tells whether a connection is made under a key; `overlaps` whether a second
    connection may be opened beside one that is about to end, which takes numbered trades, as
    nothing else tells repeats; `lasts` is after how long the provider ends each.
    """

    source: Source
    has_key: bool
    overlaps: bool
    lasts: timedelta | None

    def split(self, symbols: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Spread symbols over as many connections as they take."""

    def url(self, symbols: tuple[str, ...]) -> URL:
        """Give the address for the symbols of one connection; it may hold the key."""

    def subscriptions(self, symbols: tuple[str, ...]) -> list[str]:
        """Give the messages that ask for the symbols once the connection stands."""

    def read(self, text: str | bytes) -> Message:
        """Read one message; raises `MessageError`."""


def symbol_of(text: str) -> str:
    """Give a provider's symbol in the form in which it was asked for (NFC)."""
    return unicodedata.normalize("NFC", text)
