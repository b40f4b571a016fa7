"""Follows one topic: waits for the broker, reads, hands over, skips ahead if it falls behind."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from contracts.clock import Clock
from contracts.kafka_damage import Damaged
from gateway.following.behind import Behind
from gateway.following.lag import Lag
from gateway.following.listener import Listener, Topic
from gateway.following.sinks import Sink
from gateway.following.starting import Bounds, start_of
from gateway.following.topic_reader import MOST_AT_ONCE, WAIT_MS, TopicReader

_LOOK_S = 2.0
_DESCRIBE_EVERY_S = 10.0
_AGAIN_AFTER_S = 1.0
_NEAR = 2 * MOST_AT_ONCE
"""From so few records behind on live prices wait for the rest, which else might never meet them."""
_NOT_YET = 1 << 62

_log = structlog.get_logger()

type Open = Callable[[Callable[[Damaged], None]], AbstractAsyncContextManager[TopicReader]]


class Follower:
    """Follows one topic for all listeners, for ever; `lag` tells how far it is.

    The first listener waits for no other: one that begins further back catches up beside it, by a
    reader of its own.
    `prepare` is awaited with the topic's id before any listener is asked where to begin.
    """

    def __init__(
        self,
        topic: Topic,
        open_: Open,
        listeners: Sequence[Listener],
        make_sink: Callable[[Sequence[Any]], Sink[Any]],
        clock: Clock,
        *,
        prepare: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self.lag = Lag()
        self._topic = topic
        self._open = open_
        self._listeners = listeners
        self._make_sink = make_sink
        self._sink = make_sink(listeners)
        self._clock = clock
        self._prepare = prepare
        self._said_away = False
        self._topic_id = ""
        self._is_another = False
        self._behind: Mapping[int, Mapping[int, int]] = {}
        self._second: Behind | None = None
        self._looked_s = self._described_s = clock.monotonic()

    @property
    def refused(self) -> int:
        """How many records violated the contract."""
        return self._sink.refused

    @property
    def catching_up(self) -> int:
        """How many records lie between the listeners that are behind and what is read."""
        return self._second.distance(self.lag.positions) if self._second else 0

    @property
    def all_is_read(self) -> bool:
        """Whether each listener has what the broker had at the last look or the one before."""
        return not self._behind and self.lag.is_near_end

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
        """Follow until the topic is another."""
        await self._start(reader)
        self._looked_s = self._described_s = self._clock.monotonic()
        if self._behind:
            await self._catch_up(reader)
        while not self._is_another:
            await self._read(reader)
            await asyncio.sleep(0)  # what is at hand is given at once, and nothing else could run

    async def _catch_up(self, reader: TopicReader) -> None:
        """Let those that are behind read in what time the others leave, until they are together."""
        listeners = [self._listeners[it] for it in self._behind]
        starts = list(self._behind.values())
        behind = self._second = Behind(self._topic, listeners, self._make_sink(listeners), starts)
        distance = behind.distance(self.lag.positions)
        _log.info("the rules catch up in parallel", topic=self._topic, records=distance)
        async with self._open(behind.leave_out) as second:
            second.read_from(behind.positions)
            while distance := behind.distance(self.lag.positions):
                if distance <= _NEAR:
                    await behind.read(second)
                if distance > _NEAR or behind.distance(self.lag.positions) == distance:
                    count = await self._read(reader, 0)
                    if self._is_another or not self._behind:  # or all have leapt ahead
                        return
                    if count < MOST_AT_ONCE:
                        await behind.read(second)
                await asyncio.sleep(0)  # what both have at hand must not keep all else waiting
            for number in self._behind:
                self._sink.let_in(number, behind.positions)
            self._behind, self._second = {}, None
            _log.info("caught up", topic=self._topic)

    async def _read(self, reader: TopicReader, wait_ms: int = WAIT_MS) -> int:
        """Read once, and look how far it is; gives how many records there were."""
        records = await reader.read(wait_ms)
        if records:
            self._sink.take(records)
        self.lag.read(records, reader.positions)
        now_s = self._clock.monotonic()
        if now_s - self._described_s >= _DESCRIBE_EVERY_S:
            self._described_s = now_s
            await self._guarded(self._look_at_the_topic(reader))
        if now_s - self._looked_s >= _LOOK_S:
            self._looked_s = now_s
            await self._guarded(self._look(reader))
        return sum(map(len, records.values()))

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
        self._topic_id, self._is_another = topic_id, False
        self._begin(reader, starts, ends)

    def _begin(
        self, reader: TopicReader, starts: Sequence[Mapping[int, int]], ends: Mapping[int, int]
    ) -> None:
        live, self._second = starts[0], None
        self._behind = {
            number: start
            for number, start in enumerate(starts)
            if any(start[it] < live[it] for it in ends)
        }
        reader.read_from(live)
        self.lag.begin(live, ends, self._clock.now())
        not_yet = dict.fromkeys(ends, _NOT_YET)
        self._sink.begin([not_yet if it in self._behind else at for it, at in enumerate(starts)])
        for listener, start in zip(self._listeners, starts, strict=True):
            listener.on_start(self._topic, self._topic_id, start)
        self._say(None)

    async def _look_at_the_topic(self, reader: TopicReader) -> None:
        topic_id, partitions = await reader.describe()
        known = self.lag.positions
        if topic_id != self._topic_id:
            _log.warning("the topic was deleted and created again", topic=self._topic)
            self._is_another = True
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
            _log.warning(
                "too far behind: skipped to the newest", topic=self._topic, skipped=skipped
            )
            self._begin(reader, [ends] * len(self._listeners), ends)

    def _leave_out(self, damaged: Damaged) -> None:
        self.lag.skipped += damaged.records
        _log.error("records are damaged", topic=self._topic, why=str(damaged))
        for number, listener in enumerate(self._listeners):
            if number not in self._behind:  # those come to it yet
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
            _log.info("the broker answers again", topic=self._topic)
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
