"""What a provider of trades is."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple, Protocol

from msgspec import Meta

from contracts.sources import Source

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 253_402_300_799_999  # of the year 9999

type Millis = Annotated[int, Meta(ge=0, le=_LAST_MS)]
"""Milliseconds since 1970, UTC."""


class MessageError(Exception):
    """A message that is none of the provider's; says why."""


class Trade(NamedTuple):
    """One trade; `number` grows by one per symbol, where the provider numbers them."""

    symbol: str
    price: float
    volume: float
    time: datetime
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What came: trades, that this connection is about to end, or what is refused and why."""

    trades: list[Trade] = field(default_factory=list)
    ending: bool = False
    refused: str | None = None


class Provider(Protocol):
    """Where to connect, what to say first, and what the answers mean.

    `per_connection` is how many symbols one connection takes; `overlaps` tells whether a second
    connection may be opened beside one that is about to end; `lasts` is after how long the
    provider ends each.
    """

    source: Source
    per_connection: int
    overlaps: bool
    lasts: timedelta | None

    def url(self, symbols: tuple[str, ...]) -> str:
        """Give the address for some symbols; it may hold the key."""

    def greeting(self, symbols: tuple[str, ...]) -> list[str]:
        """Give the messages that ask for the symbols once the connection stands."""

    def read(self, text: str | bytes) -> Message:
        """Read one message; raises `MessageError`."""


def moment(millis: Millis) -> datetime:
    """Give the time of a number of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=millis)
