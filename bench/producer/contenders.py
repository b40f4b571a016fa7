"""Plain ways to publish, each with the same events: ``contenders.py NAME``.

They take their events from the product's own feeds, set as the product is, and encoded by the
product's own code: only the way into the broker differs. They run until they are stopped.
"""

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer

from contracts.clock import Clock
from contracts.settings import load
from producer.events import Numbering, quote_events
from producer.feeds import FEEDS, Context, Places
from producer.settings import ProducerSettings

_SERVERS = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
_PLACES = Places(*map(Path, ("/data/state", "/data/status", "/data/scratch", "/replay")))
_LEFT_OPEN = 20_000
"""Futures that are not done yet: as many as the product keeps records pending."""

type Event = tuple[bytes, bytes]


async def _events() -> AsyncIterator[Event]:
    async def destination() -> str:
        return ""

    settings, numbering = load(ProducerSettings), Numbering()
    feed = FEEDS[settings.feed_name](Context(settings, _PLACES, Clock(), destination))
    async for block in feed.blocks():
        values = quote_events(block, numbering.event_ids(len(block)))
        for quote, value in zip(block, values, strict=True):
            yield quote.symbol.encode(), value


def _plain_client(linger_ms: int) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=_SERVERS,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=linger_ms,
        max_batch_size=64 * 1024,
    )


async def awaited(topic: str) -> None:
    """Wait for each event's acknowledgement before the next: nothing to linger for."""
    async with _plain_client(linger_ms=0) as producer:
        async for key, value in _events():
            await producer.send_and_wait(topic, value, key)


async def futures(topic: str) -> None:
    """Send, and wait for acknowledgements once many are open."""
    async with _plain_client(linger_ms=5) as producer:
        open_: list[asyncio.Future[object]] = []
        async for key, value in _events():
            open_.append(await producer.send(topic, value, key))
            if len(open_) == _LEFT_OPEN:
                await asyncio.gather(*open_)
                open_.clear()


async def confluent(topic: str) -> None:
    """Hand over to librdkafka, which has threads of its own; count what is acknowledged."""
    producer = Producer(
        {
            "bootstrap.servers": _SERVERS,
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 5,
            "queue.buffering.max.messages": _LEFT_OPEN,
        }
    )
    acknowledged = itertools.count()

    def delivered(error: object, _message: object) -> None:
        if error:
            raise RuntimeError(str(error))
        next(acknowledged)

    async for key, value in _events():
        while True:
            try:
                producer.produce(topic, value, key, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.001)
        producer.poll(0)


if __name__ == "__main__":
    contender = {"awaited": awaited, "futures": futures, "confluent": confluent}[sys.argv[1]]
    asyncio.run(contender(os.environ["KAFKA_TOPIC"]))
