"""Makes the contract's events, numbered as they are handed over."""

import secrets
from datetime import datetime

import msgspec

from contracts.event import SCHEMA_VERSION, Heartbeat, Quote, Source, encode
from contracts.times import format_time
from producer.quote import FeedQuote

_RUN_ID_BYTES = 6


class Numbering:
    """Gives event ids: a run id that is new at every start, and a sequence from 0."""

    def __init__(self) -> None:
        self.run_id = secrets.token_hex(_RUN_ID_BYTES)
        self._next = 0

    def event_id(self) -> str:
        """Give the next."""
        sequence, self._next = self._next, self._next + 1
        return f"{self.run_id}-{sequence}"


def quote_event(quote: FeedQuote, event_id: str) -> bytes:
    """Encode a quote."""
    return encode(
        Quote(
            schema_version=SCHEMA_VERSION,
            event_id=event_id,
            symbol=quote.symbol,
            price=quote.price,
            volume=quote.volume,
            event_time=format_time(quote.event_time),
            ingest_time=format_time(quote.ingest_time),
            source=quote.source,
            as_of=msgspec.UNSET if quote.as_of is None else quote.as_of.isoformat(),
        )
    )


def heartbeat_event(source: Source, event_time: datetime, now: datetime, event_id: str) -> bytes:
    """Encode a heartbeat."""
    return encode(
        Heartbeat(
            schema_version=SCHEMA_VERSION,
            event_id=event_id,
            event_time=format_time(event_time),
            ingest_time=format_time(now),
            source=source,
        )
    )
