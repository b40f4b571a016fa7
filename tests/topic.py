"""The topics of a running stack, read by a client on the host."""

import asyncio
import heapq
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import batched
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError
from events import Record

type Login = Mapping[str, Any]
"""What aiokafka's clients want to know besides where the broker is."""

NOBODY: Login = {}


class Placed(NamedTuple):
    """Where a partition is, as the numbers of brokers."""

    leader: int
    replicas: set[int]
    in_sync: set[int]


class Message(NamedTuple):
    """A record to produce; without a time it has the producer's, without a partition its key's."""

    value: bytes | None
    timestamp_ms: int | None = None
    key: bytes | None = b"IBM"
    partition: int | None = None


async def _read(bootstrap: str, topic: str, partitions: int, login: Login) -> list[Record]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, **login)
    await consumer.start()
    try:
        parts = [await _read_partition(consumer, topic, it) for it in range(partitions)]
    finally:
        await consumer.stop()
    # In the order of arrival, as far as the broker's clock tells it; each partition keeps its own.
    return list(heapq.merge(*parts, key=lambda record: record.timestamp_ms))


async def _read_partition(consumer: AIOKafkaConsumer, topic: str, number: int) -> list[Record]:
    partition = TopicPartition(topic, number)
    consumer.assign([partition])
    (end,) = (await consumer.end_offsets([partition])).values()
    (begin,) = (await consumer.beginning_offsets([partition])).values()
    consumer.seek(partition, begin)
    records: list[Record] = []
    while await consumer.position(partition) < end:
        for batch in (await consumer.getmany(timeout_ms=1000)).values():
            records += [
                Record(it.value, it.timestamp, it.partition, it.offset, it.key) for it in batch
            ]
    return [record for record in records if record.offset < end]


async def _produce(bootstrap: str, topic: str, messages: Iterable[Message], login: Login) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, max_request_size=4_000_000, linger_ms=5, **login
    )
    await producer.start()
    try:
        for some in batched(messages, 10_000):
            sent = [
                await producer.send(
                    topic, it.value, key=it.key, timestamp_ms=it.timestamp_ms,
                    partition=it.partition,
                )
                for it in some
            ]  # fmt: skip
            await asyncio.gather(*sent)
    finally:
        await producer.stop()


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _expire(bootstrap: str, topic: str, before: int) -> None:
    async with _admin(bootstrap) as admin:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before)})


async def _make(bootstrap: str, topic: str) -> bool:
    config = {"message.timestamp.type": "LogAppendTime"}
    async with _admin(bootstrap) as admin:
        answer = await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=config)])
    return not any(error for _, error, *_ in answer.topic_errors)


async def _delete(bootstrap: str, topic: str) -> None:
    async with _admin(bootstrap) as admin:
        await admin.delete_topics([topic])


async def _settings(bootstrap: str, topic: str) -> dict[str, str]:
    async with _admin(bootstrap) as admin:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    ((_, _, _, _, entries),) = answer.resources
    return {name: value for name, value, *_ in entries}


async def _placed(bootstrap: str, topic: str) -> dict[int, Placed]:
    try:
        async with _admin(bootstrap) as admin:
            (described,) = await admin.describe_topics([topic])
    except KafkaError:
        return {}
    return {
        it["partition"]: Placed(it["leader"], set(it["replicas"]), set(it["isr"]))
        for it in described["partitions"]
    }


def run[T](work: Coroutine[Any, Any, T], most_s: float = 600) -> T:
    """Run it in a thread of its own: beside a browser, this one has a loop that runs.

    Raises `TimeoutError` after `most_s` seconds.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asyncio.wait_for(work, most_s)).result()


def read(bootstrap: str, topic: str, partitions: int = 1, login: Login = NOBODY) -> list[Record]:
    """Read all that is in the topic now: each partition in its order, all by their times."""
    return run(_read(bootstrap, topic, partitions, login))


def produce(bootstrap: str, topic: str, messages: Iterable[Message], login: Login = NOBODY) -> None:
    """Publish the messages to the topic, in their order."""
    run(_produce(bootstrap, topic, messages, login))


def expire(bootstrap: str, topic: str, before: int) -> None:
    """Take away the records before an offset, as retention does."""
    run(_expire(bootstrap, topic, before))


def make(bootstrap: str, topic: str) -> None:
    """Make a topic as the stack does."""
    assert run(_make(bootstrap, topic)), topic


def make_anew(bootstrap: str, topic: str) -> None:
    """Delete a topic, and make one of the same name: of one partition, empty."""
    run(_delete(bootstrap, topic))
    while not run(_make(bootstrap, topic)):  # it is taken away after the broker has said so
        time.sleep(0.2)


def settings(bootstrap: str, topic: str) -> dict[str, str]:
    """Give all settings of a topic, those at their defaults too."""
    return run(_settings(bootstrap, topic))


def placed(bootstrap: str, topic: str) -> dict[int, Placed]:
    """Tell where each partition is; empty while no broker can say it: leaders are elected."""
    return run(_placed(bootstrap, topic))
