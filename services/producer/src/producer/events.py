"""Makes the contract's events, numbered as they are handed over."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import msgspec

from contracts.event import SCHEMA_VERSION, Heartbeat, Quote, encode
from contracts.sources import Source
from contracts.times import format_time
from producer.quote import FeedQuote

_RUN_ID_BYTES = 6

# The quotes of a block mostly share their times.
_text = lru_cache(maxsize=1024)(format_time)


class Numbering:
    """Gives event ids: a run id that is new at every start, and a sequence from 0."""

    def __init__(self) -> None:
        self.run_id = secrets.token_hex(_RUN_ID_BYTES)
        self._next = 0

    def event_ids(self, count: int) -> list[str]:
        """Give the next ones."""
        first, self._next = self._next, self._next + count
        return [f"{self.run_id}-{sequence}" for sequence in range(first, self._next)]


def quote_events(quotes: Sequence[FeedQuote], event_ids: Sequence[str]) -> list[bytes]:
    """Encode quotes, each under its event id."""
    return [
        encode(
            Quote(
                schema_version=SCHEMA_VERSION,
                event_id=event_id,
                symbol=quote.symbol,
                price=quote.price,
                volume=quote.volume,
                event_time=_text(quote.event_time),
                ingest_time=_text(quote.ingest_time),
                source=quote.source,
                as_of=msgspec.UNSET if quote.as_of is None else quote.as_of.isoformat(),
            )
        )
        for quote, event_id in zip(quotes, event_ids, strict=True)
    ]


def heartbeat_events(
    source: Source, event_time: datetime, now: datetime, event_ids: Sequence[str]
) -> list[bytes]:
    """Encode heartbeats of the same time, one under each event id."""
    return [
        encode(
            Heartbeat(
                schema_version=SCHEMA_VERSION,
                event_id=event_id,
                event_time=_text(event_time),
                ingest_time=_text(now),
                source=source,
            )
        )
        for event_id in event_ids
    ]
