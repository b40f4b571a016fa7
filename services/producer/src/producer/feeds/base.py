"""What a feed is."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.sources import Source
from contracts.status import Budget, ProducerState
from producer.quote import FeedQuote

type Block = Sequence[FeedQuote]
"""Quotes that a feed has at the same moment, in order."""


@dataclass(slots=True)
class FeedStatus:
    """What a feed tells of itself, kept up by the feed.

    `outcomes` counts what came of asking; `reconnects` connections that were made anew, `gaps`
    quotes that the provider numbered and that never came, `dropped_quotes` those that had to make
    room while the broker was away. `dropped` says of a symbol why it is no longer asked for;
    `silent` are the symbols of which nothing has come for long; `fallback` says why prices are not
    the provider's at this moment; `next_quote_at` is when the next one is due, where that is over a
    minute away; `key_rejected` tells that the provider takes no call with this key, `off_hours`
    that the exchange is closed, when some symbols may be traded all the same.
    """

    state: ProducerState = "connecting"
    last_error: str | None = None
    outcomes: dict[str, int] = field(default_factory=dict)
    reconnects: int = 0
    gaps: int = 0
    dropped_quotes: int = 0
    dropped: dict[str, str] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    budget: Budget | None = None
    next_quote_at: datetime | None = None
    fallback: str | None = None
    key_rejected: bool = False
    off_hours: bool = False

    def count(self, outcome: str, times: int = 1) -> None:
        """Count an outcome."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + times


class Feed(ABC):
    """Gives quotes in the order in which they are to be published.

    `source` is what its heartbeats carry; `newest` is how far event time came in an earlier run.
    """

    source: Source
    symbols: tuple[str, ...]
    status: FeedStatus
    newest: datetime | None = None

    @property
    def follows_clock(self) -> bool:
        """Tell whether event time goes on by the clock while the feed is quiet."""
        return True

    @abstractmethod
    def blocks(self) -> AsyncGenerator[Block, None]:
        """Give the quotes; returns when finished, raises `producer.errors.FeedError`.

        Those of a block are numbered, encoded and acknowledged together, which many at once need.
        """

    def acknowledged(self, quotes: Block) -> None:  # noqa: B027 - most feeds need not know
        """Note that these are in the topic too; called in the order in which they were given."""

    def keep(self) -> None:  # noqa: B027 - most feeds keep nothing
        """Keep on the disk what a restart is to go on from; called about once a second."""
