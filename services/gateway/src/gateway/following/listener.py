"""What a listener is given, and what it asks for: the one interface between topics and uses."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple, Protocol

from contracts.kafka_damage import Damaged
from contracts.times import epoch_us
from contracts.window import Window
from gateway.clocks import CLOCK_DISORDER_US

type Topic = Literal["trades", "windows"]


class Trade(NamedTuple):
    """A valid quote of the raw topic: where it lies, and what it says.

    `event_time` and `ingest_time` are texts as in the contract; `event_us` is the event time in
    microseconds since 1970, `broker_ms` is when the broker received it by its clock, in
    milliseconds.
    """

    partition: int
    offset: int
    symbol: str
    source: str
    price: float
    volume: float | None
    event_time: str
    ingest_time: str
    event_id: str
    event_us: int
    broker_ms: int

    @property
    def came_us(self) -> int:
        """When the producer had it by its own clock, or by the broker's where they are far apart.

        In microseconds since 1970. The broker's has one time for all that is sent at once.
        """
        broker_us = self.broker_ms * 1000
        ingest_us = epoch_us(self.ingest_time)
        return ingest_us if abs(ingest_us - broker_us) <= CLOCK_DISORDER_US else broker_us


class FinalWindow(NamedTuple):
    """A record of the topic of windows: where it lies, and what it says.

    `broker_ms` is when the broker received it by its clock, in milliseconds since 1970. A window
    may come twice.
    """

    partition: int
    offset: int
    broker_ms: int
    window: Window


class ReadTo(NamedTuple):
    """How far a partition is read: the offset of the next record, and the newest event time.

    `reached_us` is the newest event time of all its valid records, heartbeats too, in microseconds
    since 1970; 0 where there was none, and for a topic of windows.
    """

    offset: int
    reached_us: int = 0


class Start(NamedTuple):
    """Where a listener wants a topic read from.

    A partition in `offsets` is read from there; from its beginning one that is not, where others
    are (it was added since), and one that has fewer records. By record time none is read from
    further back than `at_most`.
    Without `offsets` what came since `otherwise` is read, and at least the last `records`, of which
    each partition has an equal share.
    """

    otherwise: timedelta
    offsets: Mapping[int, int] = {}
    at_most: timedelta = timedelta.max
    records: int = 0


class Listener(Protocol):
    """Takes what topics hold, in the order of each partition; none of its calls may wait or raise.

    A listener of trades has `on_trades`, one of windows `on_windows`; one may be both.
    """

    def start(self, topic: Topic, topic_id: str) -> Start:
        """Tell where to begin; asked whenever the topic is opened, after a failure too.

        `topic_id` is another than before where the topic was deleted and created again, or is
        another cluster's.
        """

    def on_start(self, topic: Topic, topic_id: str, offsets: Mapping[int, int]) -> None:
        """Hear from where each partition is read on: at the start, and after a leap ahead."""

    def on_damage(self, topic: Topic, damaged: Damaged) -> None:
        """Hear of records that are left out, since they cannot be read; of old ones, too."""


class TradeListener(Listener, Protocol):
    """Takes trades."""

    def on_trades(self, trades: list[Trade], read_to: Mapping[int, ReadTo]) -> None:
        """Take trades; `read_to` names each partition that has moved on, also without a trade."""


class WindowListener(Listener, Protocol):
    """Takes final windows."""

    def on_windows(self, windows: list[FinalWindow], read_to: Mapping[int, ReadTo]) -> None:
        """Take windows; `read_to` names each partition that has moved on."""
