"""What a feed gives."""

from datetime import date, datetime

import msgspec

from contracts.sources import Source


class FeedQuote(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A price as the feed has it.

    `event_time` and `ingest_time` are aware; `as_of` is the trading day of an end-of-day quote.
    """

    symbol: str
    price: float
    volume: float | None
    event_time: datetime
    ingest_time: datetime
    source: Source
    as_of: date | None = None
