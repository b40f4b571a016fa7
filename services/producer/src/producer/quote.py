"""What a feed gives."""

from dataclasses import dataclass
from datetime import date, datetime

from contracts.event import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedQuote:
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
