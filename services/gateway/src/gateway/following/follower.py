"""Follows one topic: waits for the broker, reads, hands over, leaps ahead where it falls behind."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from contracts.clock import Clock
from contracts.kafka_damage import Damaged
from gateway.following.lag import Lag
from gateway.following.listener import Listener, Topic
from gateway.following.starting import Bounds, start_of
from gateway.following.topic_reader import Records, TopicReader

_LOOK_S = 2.0
_DESCRIBE_EVERY_S = 10.0
_AGAIN_AFTER_S = 1.0

_log = structlog.get_logger()

type Open = Callable[[Callable[[Damaged], None]], AbstractAsyncContextManager[TopicReader]]


class Sink(Protocol):
    """Turns records into what listeners take; `refused` counts those that are nothing."""

    refused: int

    def begin(self, starts: Sequence[Mapping[int, int]]) -> None:
        """Hear from which offsets each listener is to be given the partitions."""

    def take(self, records: Records) -> None:
        """Hand records on, some of each partition."""


class Follower:
    """Follows one topic for all listeners, for ever; `lag` tells how far it is.

    `prepare` is awaited with the topic's id before any listener is asked where to begin.
    """

    def __init__(
        self,
        topic: Topic,
        open_: Open,
        listeners: Sequence[Listener],
        sink: Sink,
        clock: Clock,
        prepare: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self.lag = Lag()
        self._topic = topic
        self._open = open_
        self._listeners = listeners
        self._sink = sink
        self._clock = clock
        self._prepare = prepare
        self._said_away = False
        self._topic_id = ""

    @property
    def refused(self) -> int:
        """How many records were not what the contract says."""
        return self._sink.refused

    async def run(self) -> None:
        """Follow; a broker that is away is waited for, and opened anew."""
        while True:
            try:
                async with self._open(self._leave_out) as reader:
                    await self._follow(reader)
            except (KafkaError, OSError, TimeoutError) as error:
                self._say(_what_is_away(error))
            await self._clock.sleep(_AGAIN_AFTER_S)

    async def _follow(self, reader: TopicReader) -> None:
        await self._start(reader)
        looked_s = described_s = self._clock.monotonic()
        while True:
            records = await reader.read()
            if records:
                self._sink.take(records)
                self.lag.read(records)
            now_s = self._clock.monotonic()
            if now_s - described_s >= _DESCRIBE_EVERY_S:
                described_s = now_s
                await self._guarded(self._look_at_the_topic(reader))
            if now_s - looked_s >= _LOOK_S:
                looked_s = now_s
                await self._guarded(self._look(reader))

    async def _start(self, reader: TopicReader) -> None:
        topic_id, partitions = await reader.describe()
        if self._prepare is not None:
            await self._prepare(topic_id)
        begins, ends = await reader.begins(partitions), await reader.ends(partitions)
        bounds = {it: Bounds(begins[it], ends[it]) for it in partitions}
        starts = []
        for listener in self._listeners:
            wanted = listener.start(self._topic, topic_id)
            since = {
                back: await reader.offsets_at(self._back(back), partitions)
                for back in {wanted.otherwise, wanted.at_most}
            }
            starts.append(
                start_of(
                    wanted, bounds, otherwise=since[wanted.otherwise], at_most=since[wanted.at_most]
                )
            )
        self._topic_id = topic_id
        self._begin(reader, starts, ends)

    def _begin(
        self, reader: TopicReader, starts: Sequence[Mapping[int, int]], ends: Mapping[int, int]
    ) -> None:
        first = {it: min(start[it] for start in starts) for it in ends}
        reader.read_from(first)
        self.lag.begin(first, ends, self._clock.now())
        self._sink.begin(starts)
        for listener, start in zip(self._listeners, starts, strict=True):
            listener.on_start(self._topic, self._topic_id, start)
        self._say(None)

    async def _look_at_the_topic(self, reader: TopicReader) -> None:
        topic_id, partitions = await reader.describe()
        known = self.lag.positions
        if topic_id != self._topic_id:
            _log.warning("the topic was made anew", topic=self._topic)
            await self._start(reader)
        elif added := [it for it in partitions if it not in known]:
            _log.info("the topic has more partitions", topic=self._topic, partitions=added)
            # What they hold is new; the others are read on from where they are.
            positions = {**known, **await reader.begins(added)}
            reader.read_from(positions)
            self.lag.add(positions)

    async def _look(self, reader: TopicReader) -> None:
        ends = await reader.ends(list(self.lag.positions))
        self.lag.look(ends, self._clock.now())
        self._say(None)
        if self.lag.is_hopeless and self._topic == "trades":  # windows are read, however late
            skipped = self.lag.records
            self.lag.skipped += skipped
            _log.warning("too far behind: on to the newest", topic=self._topic, skipped=skipped)
            self._begin(reader, [ends] * len(self._listeners), ends)

    def _leave_out(self, damaged: Damaged) -> None:
        self.lag.skipped += damaged.records
        self.lag.positions[damaged.partition] = damaged.last + 1
        _log.error("records are damaged", topic=self._topic, why=str(damaged))
        for listener in self._listeners:
            listener.on_damage(self._topic, damaged)

    async def _guarded(self, work: Awaitable[None]) -> None:
        """Do what asks the broker; where it does not answer, the reading goes on by itself."""
        try:
            await work
        except (KafkaError, OSError, TimeoutError) as error:
            self._say(_what_is_away(error))

    def _say(self, away: str | None) -> None:
        """Say once what is away, and once that it is back."""
        if away is not None and not self._said_away:
            _log.warning(f"waiting for {away}", topic=self._topic)
        elif away is None and self._said_away:
            _log.info("the broker answers", topic=self._topic)
        self._said_away = away is not None
        self.lag.waits_for = away

    def _back(self, back: timedelta) -> datetime:
        try:
            return max(self._clock.now() - back, datetime.fromtimestamp(0, UTC))
        except OverflowError:
            return datetime.fromtimestamp(0, UTC)


def _what_is_away(error: Exception) -> str:
    match error:
        case UnknownTopicOrPartitionError(args=(str(topic),)):
            return topic
        case _:
            return f"the broker: {str(error) or 'it does not answer'}"
