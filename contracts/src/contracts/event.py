"""The event: one JSON object a record on the topic `contracts.topics.RAW_EVENTS`."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contracts.sources import Source
from contracts.symbols import SYMBOL_PATTERN

SCHEMA_VERSION: Final = 1
MAX_PRICE = 1e9
MAX_VOLUME = 1e15
EVENT_ID_PATTERN = r"\A[A-Za-z0-9]+-[0-9]{1,18}\Z"

type EventId = Annotated[str, Meta(pattern=EVENT_ID_PATTERN)]
type Symbol = Annotated[str, Meta(pattern=SYMBOL_PATTERN)]
type Price = Annotated[float, Meta(gt=0, le=MAX_PRICE)]
type Volume = Annotated[float, Meta(ge=0, le=MAX_VOLUME)]
# The check reads times and dates itself: their calendar is beyond a pattern.
type Time = str
type Date = str


class Quote(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="quote"):
    """A price of a symbol at a time.

    `price` is in the symbol's currency; `volume` is the size of the trade in units of the symbol
    (for Alpha Vantage the day's so far), or None where the feed has none.
    """

    schema_version: Literal[1]
    event_id: EventId
    symbol: Symbol
    price: Price
    volume: Volume | None
    event_time: Time
    ingest_time: Time
    source: Source
    as_of: Date | UnsetType = UNSET


class Heartbeat(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="heartbeat"
):
    """The feed is quiet, and event time has come this far."""

    schema_version: Literal[1]
    event_id: EventId
    event_time: Time
    ingest_time: Time
    source: Source


type Event = Quote | Heartbeat

encode = msgspec.json.Encoder().encode
