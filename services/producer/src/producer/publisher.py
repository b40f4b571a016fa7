"""Publishes records in order, and sends again what was not acknowledged.

Every record waits in one of two queues: `_waiting` for its hand-over to Kafka, `_handed` for its
acknowledgement. When a delivery fails, nothing more is handed over, what is under way settles, and
all that was not acknowledged goes back to the head of `_waiting`: the same bytes, under the same
`event_id`, in the same order, with a new client (an idempotent one that failed has lost its place).
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

MAX_PENDING = 20_000
"""How many records may wait in memory; then `publish` waits."""

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 10.0
_STOP_S = 5.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Record:
    """A record to be: its key (None on a heartbeat), its value, and whom to tell once it is in."""

    key: bytes | None
    value: bytes
    acknowledged: Callable[[], None]


class Client(Protocol):
    """What is asked of a Kafka client: the future is done when the record is acknowledged."""

    async def send(
        self, topic: str, value: bytes, key: bytes | None
    ) -> asyncio.Future[RecordMetadata]:
        """Take a record, in order."""


type Connect = Callable[[], AbstractAsyncContextManager[Client]]


@contextlib.asynccontextmanager
async def kafka(bootstrap_servers: str) -> AsyncIterator[Client]:
    """Connect to Kafka; raises `KafkaError` where nobody answers."""
    client = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=5,
    )
    try:
        await client.start()
        yield client
    finally:
        # It would wait for a broker that is away; what is left is sent by the next one.
        with contextlib.suppress(TimeoutError, KafkaError):
            await asyncio.wait_for(client.stop(), _STOP_S)


@dataclass(slots=True)
class Publisher:
    """Publishes to one topic; `run` is to run beside `publish`.

    `connected` tells whether records get through at this moment, `last_error` why not.
    """

    topic: str
    connect: Connect
    connected: bool = False
    last_error: str | None = None
    _waiting: deque[Record] = field(default_factory=deque)
    _handed: deque[tuple[Record, asyncio.Future[RecordMetadata]]] = field(default_factory=deque)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def pending(self) -> int:
        """How many records have not been acknowledged."""
        return len(self._waiting) + len(self._handed)

    async def publish(self, record: Record) -> None:
        """Take a record; waits while too many are pending."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.pending < MAX_PENDING)
            self._waiting.append(record)
            self._changed.notify_all()

    async def flush(self, timeout_s: float) -> int:
        """Wait until all is acknowledged, but not longer; gives how many are left."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: not self.pending)
        return self.pending

    async def run(self) -> None:
        """Deliver for ever: connects, and connects again after each failure."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                async with self.connect() as client, asyncio.TaskGroup() as tasks:
                    wait_s = _FIRST_WAIT_S
                    tasks.create_task(self._hand_over(client))
                    tasks.create_task(self._acknowledge())
            except* (KafkaError, OSError) as failure:
                self._disconnected(failure.exceptions[0])
            self._take_back()
            # Jitter: several producers must not come back to a broker in step.
            await asyncio.sleep(wait_s * random.uniform(0.5, 1))  # noqa: S311
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    async def _hand_over(self, client: Client) -> None:
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._waiting)
            record = self._waiting[0]
            delivery = await client.send(self.topic, record.value, record.key)
            self._handed.append((self._waiting.popleft(), delivery))
            async with self._changed:
                self._changed.notify_all()

    async def _acknowledge(self) -> None:
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._handed)
            record, delivery = self._handed[0]
            await delivery
            self._handed.popleft()
            record.acknowledged()
            self._connected()
            async with self._changed:
                self._changed.notify_all()

    def _take_back(self) -> None:
        """Put what was handed over and not acknowledged back to the head, in its order."""
        for record, delivery in reversed(self._handed):
            if delivery.done() and not delivery.cancelled() and delivery.exception() is None:
                record.acknowledged()
            else:
                self._waiting.appendleft(record)
        self._handed.clear()

    def _connected(self) -> None:
        if not self.connected:
            _log.info("the broker takes records", topic=self.topic)
        self.connected, self.last_error = True, None

    def _disconnected(self, error: Exception) -> None:
        why = f"{type(error).__name__}: {error}"
        if self.connected or why != self.last_error:
            _log.warning("the broker takes no records: trying again", why=why, pending=self.pending)
        self.connected, self.last_error = False, why
