"""The client for Kafka: idempotent, in order, and patient with a broker that is away."""

import asyncio
import math
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
)

from contracts.kafka import Kafka
from contracts.kafka_refusal import refusal
from producer.outbox import Batch, Delivery, Record
from producer.partitions import partition_of

_BATCH_BYTES = 1_000_000  # the broker takes 1 MiB, and that compressed
_RETRY_MS = (250, 500)


class KafkaClient:
    """Sends to one topic; `destination` names it and its cluster."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, destination: str) -> None:
        self.destination = destination
        self._producer = producer
        self._topic = topic

    async def partitions(self) -> int:
        """Give how many partitions the topic has, as of the last time they were looked up."""
        return len(await self._producer.partitions_for(self._topic))

    async def batches(self, records: Sequence[Record]) -> list[Batch]:
        """Divide records by partition."""
        count = await self.partitions()
        if count == 1:
            return [Batch(0, records)]
        by_partition: dict[int, list[Record]] = {}
        for record in records:
            by_partition.setdefault(partition_of(record[0], count), []).append(record)
        return [Batch(*each) for each in by_partition.items()]

    async def send(self, batch: Batch) -> Delivery:
        """Take a batch, in order; waits while the client holds another that is not on its way."""
        # A topic that was made anew may have fewer than when the batch was made.
        partition = min(batch.partition, await self.partitions() - 1)
        while True:
            built = self._producer.create_batch()
            for address, value, _ in batch.records:
                key = None if isinstance(address, int) else address
                if built.append(timestamp=None, key=key, value=value) is None:
                    count = len(batch.records)
                    raise MessageSizeTooLargeError(f"a batch of {count} records is too large")
            built.close()
            with suppress(KafkaTimeoutError):  # it is away for long: the batch was not taken
                delivery: Delivery = await self._producer.send_batch(
                    built, self._topic, partition=partition
                )
                return delivery


@asynccontextmanager
async def connect(kafka: Kafka, topic: str) -> AsyncIterator[KafkaClient]:
    """Connect; raises `KafkaError` where nobody answers, or where there is no such topic.

    At the end the client is abandoned: what the broker has not been asked to take by then is not
    sent any more, so that another client can send it.
    """
    destination = f"{topic} of cluster {await _cluster_id(kafka, topic)}"
    producer = new_producer(kafka)
    try:
        await producer.start()
        yield KafkaClient(producer, topic, destination)
    finally:
        await _abandon(producer)


def new_producer(kafka: Kafka) -> AIOKafkaProducer:
    """Make the library's producer, which is to wait for a broker for as long as it takes."""
    producer = AIOKafkaProducer(
        **kafka.for_aiokafka(),
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        max_batch_size=_BATCH_BYTES,
        # Jitter: several producers must not come back to a broker in step.
        retry_backoff_ms=random.randint(*_RETRY_MS),  # noqa: S311
    )
    # Sent again by the same client, nothing is doubled; the library does so for ever, but for
    # batches that are older than the request timeout while their partition has no leader.
    producer._message_accumulator._batch_ttl = math.inf  # noqa: SLF001 - there is no setting
    return producer


async def _cluster_id(kafka: Kafka, topic: str) -> str:
    admin = AIOKafkaAdminClient(**kafka.for_aiokafka())
    try:
        async with refusal(kafka):
            await admin.start()
        if topic not in await admin.list_topics():
            raise UnknownTopicOrPartitionError(
                f"there is no topic {topic}, and the broker makes none by itself"
            )
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Close without a flush; returns once what was asked of the broker has settled.

    The library's own `stop` sends what is left first, for as long as that takes, and goes on with
    it in the background when it is cancelled.
    """
    sending, left = producer._sender.sender_task, producer._message_accumulator  # noqa: SLF001
    try:
        if sending is not None:
            sending.cancel()
            await asyncio.wait([sending])
    finally:
        left._batches.clear()  # noqa: SLF001
        left._pending_batches.clear()  # noqa: SLF001
        with suppress(KafkaError, asyncio.CancelledError):
            await producer.stop()
