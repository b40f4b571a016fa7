"""Reads a topic from the broker: all its partitions, no consumer group, nothing committed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.kafka import Kafka
from contracts.kafka_consumer import following_consumer
from contracts.kafka_damage import Damaged, DamageReader
from contracts.kafka_refusal import refusal
from gateway.following.described import Described, describe

ANSWER_TIMEOUT_S = 5.0
type Records = Mapping[int, Sequence[ConsumerRecord]]
"""Some of each partition, in their order; at least one of each that is named."""

MOST_AT_ONCE = 2000
"""Records: some 20 ms of work, and nothing else runs meanwhile."""

WAIT_MS = 200


class TopicReader:
    """Reads one topic; offsets are by partition. What asks raises `KafkaError`, `TimeoutError`."""

    def __init__(
        self, consumer: AIOKafkaConsumer, topic: str, on_damage: Callable[[Damaged], None]
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._reader = DamageReader(consumer, on_damage)

    async def describe(self) -> Described:
        """Look up which topic it is, and its partitions."""
        client = self._consumer._client  # noqa: SLF001 - the consumer has no such question itself
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await describe(client, self._topic)

    async def begins(self, partitions: Sequence[int]) -> dict[int, int]:
        """Give each partition's first offset."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return _plain(await self._consumer.beginning_offsets(self._named(partitions)))

    async def ends(self, partitions: Sequence[int]) -> dict[int, int]:
        """Give the offset of each partition's next record to come."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return _plain(await self._consumer.end_offsets(self._named(partitions)))

    async def offsets_at(self, moment: datetime, partitions: Sequence[int]) -> dict[int, int]:
        """Give each partition's first record since `moment`; none where there is none."""
        at_ms = int(moment.timestamp() * 1000)
        asked = dict.fromkeys(self._named(partitions), at_ms)
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            found = await self._consumer.offsets_for_times(asked)
        return {it.partition: there.offset for it, there in found.items() if there is not None}

    def read_from(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions, and no others, from these offsets on."""
        self._reader.read_from(
            {TopicPartition(self._topic, partition): it for partition, it in offsets.items()}
        )

    @property
    def positions(self) -> dict[int, int]:
        """The next offset of each partition: behind the end of a transaction, too."""
        return _plain(self._reader.positions)

    async def read(self, wait_ms: int = WAIT_MS) -> Records:
        """Wait a moment for records; gives those that came, by partition."""
        found = await self._reader.read(wait_ms, MOST_AT_ONCE)
        return {it.partition: records for it, records in found.items() if records}

    def _named(self, partitions: Sequence[int] | Mapping[int, int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, partition) for partition in partitions]


def _plain(offsets: Mapping[TopicPartition, int]) -> dict[int, int]:
    return {it.partition: offset for it, offset in offsets.items()}


@asynccontextmanager
async def open_topic(
    kafka: Kafka, topic: str, on_damage: Callable[[Damaged], None]
) -> AsyncIterator[TopicReader]:
    """Open a topic; raises `KafkaError` where nobody answers."""
    async with following_consumer(kafka) as consumer:
        async with refusal(kafka):
            await consumer.start()
        yield TopicReader(consumer, topic, on_damage)
