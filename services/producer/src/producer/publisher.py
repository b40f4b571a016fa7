"""Publishes records in order, and sends again what was not acknowledged.

A client waits by itself for a broker that is away. Where it fails for good, nothing more is sent,
what is in flight settles, and all that was not acknowledged goes back to the head of the
outbox for the next client: the same bytes, under the same `event_id`, in the same order.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol

import structlog
from aiokafka.errors import KafkaError

from contracts.clock import Clock, growing_waits
from producer.outbox import Batch, Delivery, Outbox, Record
from producer.partitions import Address, Partitions

MAX_PENDING = 20_000
"""How many records may wait in memory; then `room` waits."""

_MOST_AT_ONCE = 2000
_LINGER_S = 0.005
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 10.0

_log = structlog.get_logger()


class Client(Protocol):
    """What is asked of a Kafka client; it fails by raising, or by a future that does.

    `destination` names the topic and the cluster that it is in.
    """

    destination: str

    async def partitions(self) -> int:
        """Give how many partitions the topic has."""

    async def batches(self, records: Sequence[Record]) -> list[Batch]:
        """Divide records, all of them, into batches that get in whole, each for one partition."""

    async def send(self, batch: Batch) -> Delivery:
        """Take a batch, in order; the future is done when it is acknowledged."""


type Connect = Callable[[], AbstractAsyncContextManager[Client]]


class Publisher:
    """Publishes what it is given; `run` is to run beside `room` and `put`.

    `connected` tells whether there is a client at this moment, `last_error` why not.
    """

    def __init__(self, connect: Connect, clock: Clock) -> None:
        self.connected = False
        self.last_error: str | None = None
        self._connect = connect
        self._clock = clock
        self._outbox = Outbox()
        self._partitions = Partitions()
        self._to_send = asyncio.Event()
        self._to_acknowledge = asyncio.Event()
        self._progress = asyncio.Event()
        self._destination: asyncio.Future[str] | None = None
        self._progress_s = 0.0
        self._got_through = 0

    @property
    def pending(self) -> int:
        """How many records have not been acknowledged."""
        return self._outbox.pending

    @property
    def silent_s(self) -> float:
        """For how long records have been pending without one of them being acknowledged."""
        return self._clock.monotonic() - self._progress_s if self.pending else 0.0

    async def destination(self) -> str:
        """Give the name of the topic and its cluster; waits until a broker has answered once."""
        return await asyncio.shield(self._answered())

    async def room(self, count: int) -> None:
        """Wait until so many more records may be pending; then `put` them.

        A place for each partition stays free: heartbeats do not wait.
        """
        while self.pending and self.pending + count + self._partitions.count > MAX_PENDING:
            await self._wait_for_progress()

    def put(
        self,
        addresses: Sequence[Address],
        values: Sequence[bytes],
        acknowledged: Callable[[], None],
    ) -> None:
        """Take records for which there is room.

        `acknowledged` is called once all of them are in the topic, in the order of the puts.
        """
        now_s = self._clock.monotonic()
        if not self.pending:
            self._progress_s = now_s
        self._partitions.given(addresses, now_s)
        self._outbox.put(addresses, values, acknowledged)
        self._to_send.set()

    def idle(self, seconds: float) -> list[int]:
        """Give the partitions for which no quote has been put for so long; none until known."""
        return self._partitions.idle(self._clock.monotonic() - seconds)

    async def flush(self, timeout_s: float) -> int:
        """Wait until all is acknowledged, but not longer; gives how many are left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.pending:
                    await self._wait_for_progress()
        return self.pending

    async def run(self) -> None:
        """Deliver for ever: connects, and connects again after each failure."""
        waits = growing_waits(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        while True:
            if await self._deliver():
                waits = growing_waits(_FIRST_WAIT_S, _LONGEST_WAIT_S)
            else:
                await self._clock.sleep(next(waits))

    async def _deliver(self) -> bool:
        """Deliver through one client until it fails; tells whether anything got through."""
        before = self._got_through
        try:
            async with self._connect() as client, asyncio.TaskGroup() as tasks:
                self.connected, self.last_error = True, None
                _log.info("connected to the broker", destination=client.destination)
                if not self._answered().done():
                    self._answered().set_result(client.destination)
                tasks.create_task(self._send_batches(client))
                tasks.create_task(self._acknowledge())
        except* (KafkaError, OSError) as failure:
            self._failed(failure.exceptions[0])
        self._note(self._outbox.take_back())
        return self._got_through > before

    async def _send_batches(self, client: Client) -> None:
        outbox = self._outbox
        while True:
            self._partitions.count = await client.partitions()
            if not outbox.batches:
                while not outbox.waiting:
                    self._to_send.clear()
                    await self._to_send.wait()
                    await self._clock.sleep(_LINGER_S)  # more may follow
                outbox.divided(await client.batches(outbox.head(_MOST_AT_ONCE)))
            outbox.sent(await client.send(outbox.batches[0]))
            self._to_acknowledge.set()

    async def _acknowledge(self) -> None:
        outbox = self._outbox
        while True:
            while not outbox.in_flight:
                self._to_acknowledge.clear()
                await self._to_acknowledge.wait()
            await outbox.in_flight[0][1]
            self._note(outbox.delivered())

    def _note(self, count: int) -> None:
        """Note how many more records are in."""
        if count:
            self._got_through += count
            self._progress_s = self._clock.monotonic()
            self._progress.set()

    async def _wait_for_progress(self) -> None:
        self._progress.clear()
        await self._progress.wait()

    def _answered(self) -> asyncio.Future[str]:
        if self._destination is None:
            self._destination = asyncio.get_running_loop().create_future()
        return self._destination

    def _failed(self, error: Exception) -> None:
        why = str(error) or type(error).__name__
        if why != self.last_error:
            _log.warning("cannot publish to Kafka: trying again", why=why, pending=self.pending)
        self.connected, self.last_error = False, why
