"""Publishes records in order, and sends again what was not acknowledged.

Every record waits in one of two queues: `_waiting` for its hand-over to a client, `_handed` for its
acknowledgement. A client waits by itself for a broker that is away. Where it fails for good,
nothing more is handed over, what is under way settles, and all that was not acknowledged goes back
to the head of `_waiting` for the next client: the same bytes, under the same `event_id`, in the
same order.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Protocol

import stamina
import structlog
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from producer.clock import Clock

MAX_PENDING = 20_000
"""How many records may wait in memory; then `room` waits."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Record:
    """A record to be: its key (None on a heartbeat), its value, and whom to tell once it is in."""

    key: bytes | None
    value: bytes
    acknowledged: Callable[[], None]


class Client(Protocol):
    """What is asked of a Kafka client; it fails by raising, or by a future that does.

    `destination` names the topic and the cluster that it is in.
    """

    destination: str

    async def send(self, key: bytes | None, value: bytes) -> asyncio.Future[RecordMetadata]:
        """Take a record, in order; the future is done when the record is acknowledged."""


type Connect = Callable[[], AbstractAsyncContextManager[Client]]


class _NothingGotThrough(Exception):  # noqa: N818 - a reason to wait longer before the next attempt
    pass


class Publisher:
    """Publishes what it is given; `run` is to run beside `room` and `put`.

    `connected` tells whether there is a client at this moment, `last_error` why not.
    """

    def __init__(self, connect: Connect, clock: Clock) -> None:
        self.connected = False
        self.last_error: str | None = None
        self._connect = connect
        self._clock = clock
        self._room = asyncio.Semaphore(MAX_PENDING)
        self._waiting: deque[Record] = deque()
        self._handed: deque[tuple[Record, asyncio.Future[RecordMetadata]]] = deque()
        self._to_hand_over = asyncio.Event()
        self._to_acknowledge = asyncio.Event()
        self._nothing_pending = asyncio.Event()
        self._nothing_pending.set()
        self._destination: asyncio.Future[str] | None = None
        self._progress_s = 0.0
        self._got_through = 0

    @property
    def pending(self) -> int:
        """How many records have not been acknowledged."""
        return len(self._waiting) + len(self._handed)

    @property
    def silent_s(self) -> float:
        """For how long records have been pending without one of them being acknowledged."""
        return self._clock.monotonic() - self._progress_s if self.pending else 0.0

    async def destination(self) -> str:
        """Give the name of the topic and its cluster; waits until a broker has answered once."""
        return await asyncio.shield(self._answered())

    async def room(self) -> None:
        """Wait until one more record may be pending; then `put` it."""
        await self._room.acquire()

    def put(self, record: Record) -> None:
        """Take a record for which there is room."""
        if not self.pending:
            self._progress_s = self._clock.monotonic()
        self._waiting.append(record)
        self._to_hand_over.set()
        self._nothing_pending.clear()

    async def flush(self, timeout_s: float) -> int:
        """Wait until all is acknowledged, but not longer; gives how many are left."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._nothing_pending.wait(), timeout_s)
        return self.pending

    async def run(self) -> None:
        """Deliver for ever: connects, and connects again after each failure."""
        while True:
            async for attempt in stamina.retry_context(
                on=_NothingGotThrough, attempts=None, timeout=None, wait_initial=0.5, wait_max=10
            ):
                with attempt:
                    await self._deliver()

    async def _deliver(self) -> None:
        """Deliver through one client until it fails; raises where nothing got through."""
        before = self._got_through
        try:
            async with self._connect() as client, asyncio.TaskGroup() as tasks:
                self._opened(client)
                tasks.create_task(self._hand_over(client))
                tasks.create_task(self._acknowledge())
        except* (KafkaError, OSError) as failure:
            self._failed(failure.exceptions[0])
        self._take_back()
        if self._got_through == before:
            raise _NothingGotThrough

    async def _hand_over(self, client: Client) -> None:
        while True:
            while not self._waiting:
                self._to_hand_over.clear()
                await self._to_hand_over.wait()
            record = self._waiting[0]
            delivery = await client.send(record.key, record.value)
            self._handed.append((self._waiting.popleft(), delivery))
            self._to_acknowledge.set()

    async def _acknowledge(self) -> None:
        while True:
            while not self._handed:
                self._to_acknowledge.clear()
                await self._to_acknowledge.wait()
            await self._handed[0][1]
            self._acknowledged(self._handed.popleft()[0])

    def _take_back(self) -> None:
        """Put what was handed over and not acknowledged back to the head, in its order."""
        handed, self._handed = self._handed, deque()
        again = []
        for record, delivery in handed:
            if delivery.done() and not delivery.cancelled() and delivery.exception() is None:
                self._acknowledged(record)
            else:
                again.append(record)
        self._waiting.extendleft(reversed(again))

    def _acknowledged(self, record: Record) -> None:
        self._got_through += 1
        self._progress_s = self._clock.monotonic()
        record.acknowledged()
        self._room.release()
        if not self.pending:
            self._nothing_pending.set()

    def _answered(self) -> asyncio.Future[str]:
        if self._destination is None:
            self._destination = asyncio.get_running_loop().create_future()
        return self._destination

    def _opened(self, client: Client) -> None:
        self.connected, self.last_error = True, None
        _log.info("connected to the broker", destination=client.destination)
        if not self._answered().done():
            self._answered().set_result(client.destination)

    def _failed(self, error: Exception) -> None:
        why = str(error) or type(error).__name__
        if why != self.last_error:
            _log.warning("the broker takes no records: trying again", why=why, pending=self.pending)
        self.connected, self.last_error = False, why
