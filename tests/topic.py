"""The topics of a running stack, as its broker gives them to any client of the host."""

import asyncio
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from windows import Record


class Message(NamedTuple):
    """A record to produce; without a time the producer's clock is taken."""

    value: bytes | None
    timestamp_ms: int | None = None
    key: bytes = b"IBM"


async def _read(bootstrap: str, topic: str) -> list[Record]:
    partition = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([partition])
        (end,) = (await consumer.end_offsets([partition])).values()
        (begin,) = (await consumer.beginning_offsets([partition])).values()
        consumer.seek(partition, begin)
        records: list[Record] = []
        while await consumer.position(partition) < end:
            for batch in (await consumer.getmany(timeout_ms=1000)).values():
                records += [Record(it.value, it.timestamp, it.partition, it.offset) for it in batch]
        return [record for record in records if record.offset < end]
    finally:
        await consumer.stop()


async def _produce(bootstrap: str, topic: str, messages: Iterable[Message]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=4_000_000)
    await producer.start()
    try:
        await asyncio.gather(
            *[
                await producer.send(topic, it.value, key=it.key, timestamp_ms=it.timestamp_ms)
                for it in messages
            ]
        )
    finally:
        await producer.stop()


async def _expire(bootstrap: str, topic: str, before: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before)})
    finally:
        await admin.close()


async def _make(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    config = {"message.timestamp.type": "LogAppendTime"}
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=config)])
    finally:
        await admin.close()


def _run[T](work: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own: beside a browser, this one has a loop that runs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asyncio.wait_for(work, 600)).result()


def read(bootstrap: str, topic: str) -> list[Record]:
    """Read all that is in the first partition now."""
    return _run(_read(bootstrap, topic))


def produce(bootstrap: str, topic: str, messages: Iterable[Message]) -> None:
    """Publish the messages to the topic, in their order."""
    _run(_produce(bootstrap, topic, messages))


def expire(bootstrap: str, topic: str, before: int) -> None:
    """Take away the records before an offset, as retention does."""
    _run(_expire(bootstrap, topic, before))


def make(bootstrap: str, topic: str) -> None:
    """Make a topic as the stack does."""
    _run(_make(bootstrap, topic))
