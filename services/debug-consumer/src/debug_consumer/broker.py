"""Reads a topic from the broker: all its partitions, no consumer group, nothing committed.

Nothing of a run is left behind in the broker. Records are read as they are enqueued (uncommitted
ones of a transaction too), as the Spark job reads them.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError

from contracts.kafka import Kafka
from contracts.kafka_consumer import following_consumer
from contracts.kafka_damage import Damaged, DamageReader
from contracts.kafka_refusal import refusal
from debug_consumer.errors import BrokerError, TopicMissingError
from debug_consumer.judge import Record

CONNECT_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 2.0
POLL_MS = 200
MAX_POLL_RECORDS = 500
NO_TIMESTAMP = -1


class TopicReader:
    """Reads one topic onward from `starts`, the offsets by partition, and whatever is added."""

    def __init__(
        self, consumer: AIOKafkaConsumer, topic: str, starts: dict[TopicPartition, int]
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._damaged: list[Damaged] = []
        self._reader = DamageReader(consumer, self._damaged.append)
        self._reader.read_from(starts)
        self._partitions = list(starts)
        self.starts = {partition.partition: offset for partition, offset in starts.items()}

    async def read(self) -> list[Record]:
        """Wait a moment for records; raises `BrokerError` where reading cannot go on."""
        self._take_in_added()
        try:
            batches = await self._reader.read(POLL_MS, MAX_POLL_RECORDS)
        except KafkaError as error:
            raise BrokerError(f"reading broke off: {error}") from error
        return [
            Record(
                partition=message.partition,
                offset=message.offset,
                timestamp_ms=NO_TIMESTAMP if message.timestamp is None else message.timestamp,
                key=message.key,
                value=message.value,
            )
            for messages in batches.values()
            for message in messages
        ]

    def _take_in_added(self) -> None:
        """Read partitions that were added since, of which the client hears within seconds."""
        there = self._consumer.partitions_for_topic(self._topic) or set()
        added = [TopicPartition(self._topic, it) for it in sorted(there - self.starts.keys())]
        if added:
            self._reader.read_from(self._reader.positions | dict.fromkeys(added, 0))
            self._partitions += added
            self.starts |= {it.partition: 0 for it in added}

    def damaged(self) -> list[Damaged]:
        """Give what could not be read since it was asked last."""
        found, self._damaged[:] = list(self._damaged), []
        return found

    async def ends(self) -> dict[int, int] | None:
        """Ask for each partition's end; None if no answer comes in time."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                ends = await self._consumer.end_offsets(self._partitions)
        except (KafkaError, TimeoutError):
            return None
        return {partition.partition: offset for partition, offset in ends.items()}


@asynccontextmanager
async def open_topic(
    kafka: Kafka, topic: str, stop: asyncio.Event, *, from_beginning: bool
) -> AsyncIterator[TopicReader]:
    """Open a topic for reading from now on, or from its beginning.

    Raises `BrokerError` where no broker answers within `CONNECT_TIMEOUT_S`, or before `stop` is
    set; `TopicMissingError` where the broker does not have the topic.
    """
    async with following_consumer(kafka) as consumer:
        start = _start(consumer, kafka, topic, from_beginning=from_beginning)
        try:
            starts = await _patiently(start, stop)
        except (KafkaError, TimeoutError, OSError) as error:
            why = "" if isinstance(error, KafkaConnectionError) else f": {error}"  # says no more
            raise BrokerError(f"no broker answers at {kafka.servers}{why}") from error
        yield TopicReader(consumer, topic, starts)


async def _patiently[T](work: Coroutine[None, None, T], stop: asyncio.Event) -> T:
    """Wait for `work`, but not for ever, and not once `stop` is set; then raise `TimeoutError`."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait(
            {working, stopping}, timeout=CONNECT_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
        )
        if working.done():
            return working.result()
        raise TimeoutError("stopped" if stop.is_set() else f"silent for {CONNECT_TIMEOUT_S:g} s")
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.wait({working, stopping}, timeout=ANSWER_TIMEOUT_S)


async def _start(
    consumer: AIOKafkaConsumer, kafka: Kafka, topic: str, *, from_beginning: bool
) -> dict[TopicPartition, int]:
    partitions = await _partitions(kafka, topic)
    await consumer.start()
    find = consumer.beginning_offsets if from_beginning else consumer.end_offsets
    starts: dict[TopicPartition, int] = await find(partitions)
    return starts


async def _partitions(kafka: Kafka, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(**kafka.for_aiokafka())
    try:
        async with refusal(kafka):
            await admin.start()
        known = sorted(await admin.list_topics())
        if topic not in known:  # not to be asked for by name: some brokers would make it
            has = ", ".join(known) or "none"
            raise TopicMissingError(f"the broker has no topic {topic}; it has {has}")
        [found] = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return [TopicPartition(topic, partition["partition"]) for partition in found["partitions"]]
