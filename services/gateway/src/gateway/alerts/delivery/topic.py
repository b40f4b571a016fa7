"""Publishes alerts to their topic, each acknowledged before the next."""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.alerts import Alert, encode
from contracts.kafka import Kafka
from contracts.topics import MARKET_ALERTS
from gateway.alerts.delivery.queue import Address

ANSWER_TIMEOUT_S = 10.0
CLOSE_S = 1.0


class AlertTopic:
    """The topic as an address: connected at the first alert, and anew after a failure."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> Address:
        """What a queue needs of it."""
        return Address("topic", f"topic {MARKET_ALERTS}", self.send)

    async def send(self, alert: Alert) -> bool:
        """Publish an alert; tell whether the broker acknowledged it."""
        key = alert.symbol.encode() if alert.symbol else None
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                producer = await self._connected()
                await producer.send_and_wait(MARKET_ALERTS, encode(alert), key=key)
        except (KafkaError, OSError, TimeoutError):
            await self.close()
            return False
        return True

    async def close(self) -> None:
        """End the connection, in the end behind what comes next; another alert makes a new one.

        One that is broken off as it ends would keep its connections, and go on sending.
        """
        producer, self._producer = self._producer, None
        if producer is not None:
            closing = asyncio.create_task(_stop(producer))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            await asyncio.wait({closing}, timeout=CLOSE_S)

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            # Not idempotent: that never gives a record up, and each repeat is known by its id.
            producer = AIOKafkaProducer(**self._kafka.for_aiokafka(), acks="all")
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer


async def _stop(producer: AIOKafkaProducer) -> None:
    with suppress(KafkaError, OSError):
        await producer.stop()
