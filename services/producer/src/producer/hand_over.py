"""Hands quotes and heartbeats over to the publisher, numbered in one sequence."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from contracts.clock import Clock
from producer.events import Numbering, heartbeat_events, quote_events
from producer.feeds.base import Block, Feed
from producer.heartbeat import EventTime
from producer.publisher import Publisher
from producer.report import Report

_IDLE_S = 1.0
_SOONEST_S = 0.6
_LATEST_S = 1.1  # the quote that tells of a new second may come a moment after it


class _Heartbeat(NamedTuple):
    """The last one of a partition."""

    sent_s: float
    event_time: datetime

    def is_followed(self, event_time: datetime, now_s: float) -> bool:
        """Tell whether another is due: as soon as a second of event time begins.

        Windows end with seconds, and would wait for what a heartbeat comes later.
        """
        has_begun = event_time.replace(microsecond=0) > self.event_time
        return now_s - self.sent_s >= (_SOONEST_S if has_begun else _LATEST_S)


class HandOver:
    """Numbers and encodes what is to be published, at the moment at which it takes its place.

    A heartbeat goes each second to each partition that was given no quote for one. One at most
    waits in each: while the broker is away, they do not pile up.
    """

    def __init__(
        self,
        feed: Feed,
        publisher: Publisher,
        report: Report,
        *,
        numbering: Numbering,
        event_time: EventTime,
        clock: Clock,
    ) -> None:
        self._feed = feed
        self._publisher = publisher
        self._report = report
        self._numbering = numbering
        self._event_time = event_time
        self._clock = clock
        self._waiting: set[int] = set()
        self._last: dict[int, _Heartbeat] = {}

    async def quotes(self, quotes: Block) -> None:
        """Hand over quotes, once there is room for them."""
        self._event_time.received()
        await self._publisher.room(len(quotes))
        values = quote_events(quotes, self._numbering.event_ids(len(quotes)))
        keys = [quote.symbol.encode() for quote in quotes]
        self._publisher.put(keys, values, partial(self._quotes_acknowledged, quotes))
        self._event_time.handed_over([quote.event_time for quote in quotes])

    def heartbeats(self) -> None:
        """Hand over the heartbeats that are due; to be called several times a second."""
        event_time = self._event_time.now(by_clock=self._feed.follows_clock)
        if event_time is None or not (due := self._due(event_time)):
            return
        event_ids = self._numbering.event_ids(len(due))
        values = heartbeat_events(self._feed.source, event_time, self._clock.now(), event_ids)
        self._waiting.update(due)
        self._last |= dict.fromkeys(due, _Heartbeat(self._clock.monotonic(), event_time))
        self._publisher.put(due, values, partial(self._heartbeats_acknowledged, due))

    def _due(self, event_time: datetime) -> list[int]:
        """Give the partitions to which a heartbeat of this time is to go."""
        now_s = self._clock.monotonic()
        return [
            it
            for it in self._publisher.idle(_IDLE_S)
            if it not in self._waiting
            and (it not in self._last or self._last[it].is_followed(event_time, now_s))
        ]

    def _quotes_acknowledged(self, quotes: Block) -> None:
        self._feed.acknowledged(quotes)
        self._report.quotes_acknowledged(quotes)

    def _heartbeats_acknowledged(self, partitions: Sequence[int]) -> None:
        self._waiting.difference_update(partitions)
        self._report.heartbeats_acknowledged(len(partitions))
