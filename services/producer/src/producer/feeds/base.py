"""What a feed is."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from contracts.event import Source
from contracts.status import Budget, ProducerState
from producer.quote import FeedQuote


@dataclass(slots=True)
class FeedStatus:
    """What a feed tells of itself, kept up by the feed.

    `outcomes` counts what came of asking; `dropped` says of a symbol why it is no longer asked for;
    `fallback` says why prices are not the provider's at this moment.
    """

    state: ProducerState = "connecting"
    last_error: str | None = None
    outcomes: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    budget: Budget | None = None
    fallback: str | None = None

    def count(self, outcome: str) -> None:
        """Count one outcome."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


class Feed(ABC):
    """Gives quotes in the order in which they are to be published.

    `source` is what its heartbeats carry; `newest` is how far event time came in an earlier run.
    """

    source: Source
    symbols: tuple[str, ...]
    status: FeedStatus
    newest: datetime | None = None

    @property
    def beats(self) -> bool:
        """Tell whether event time goes on while the feed is quiet, so that heartbeats are due."""
        return True

    @abstractmethod
    def quotes(self) -> AsyncIterator[FeedQuote]:
        """Give the quotes; returns when finished, raises `producer.errors.FeedError`."""

    def acknowledged(self, quote: FeedQuote) -> None:  # noqa: B027 - most feeds need not know
        """One more quote is in the topic; told in the order in which they were given."""

    def keep(self) -> None:  # noqa: B027 - most feeds keep nothing
        """Keep on the disk what a restart is to go on from; called about once a second."""
