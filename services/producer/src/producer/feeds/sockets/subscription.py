"""Keeps some symbols subscribed, over one connection after another."""

import asyncio
from collections.abc import Callable, Iterator

from contracts.clock import growing_waits
from producer.feeds.sockets.connection import Connection, LostError
from producer.feeds.sockets.limiter import ConnectionLimiter
from producer.feeds.sockets.timing import Timing


class Subscription:
    """Holds a connection, and makes the next where one ends or is about to.

    `connect` makes a connection that has not begun; `lost` takes why one ended; `overlaps` tells
    whether the next may be opened beside one that is about to end.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        *,
        lost: Callable[[str], None],
        limiter: ConnectionLimiter,
        timing: Timing,
        overlaps: bool,
    ) -> None:
        self._connect = connect
        self._lost = lost
        self._limiter = limiter
        self._timing = timing
        self._overlaps = overlaps

    async def run(self) -> None:
        """Run for ever; raises `FeedError` where the provider refuses the key."""
        loop = asyncio.get_running_loop()
        waits = self._waits()
        old: asyncio.Task[None] | None = None
        new: asyncio.Task[None] | None = None
        try:
            while True:
                await self._limiter.wait()
                began_s = loop.time()
                connection = self._connect()
                new = asyncio.create_task(self._read(connection))
                await _first(connection.live, new)
                if connection.live.is_set():
                    await _cancel(old)
                    old = None
                    await _first(connection.ending, new)
                if not self._overlaps:
                    await asyncio.wait([new])  # it will be cut, and then the next comes
                if new.done():
                    new.result()
                else:
                    old = new
                if loop.time() - began_s < self._timing.brief:
                    await asyncio.sleep(next(waits))
                else:
                    waits = self._waits()
        finally:
            await _cancel(old)
            await _cancel(new)

    def _waits(self) -> Iterator[float]:
        return growing_waits(self._timing.first_wait, self._timing.longest_wait)

    async def _read(self, connection: Connection) -> None:
        """Read a connection to its end, whoever waits for it then."""
        try:
            await connection.run()
        except LostError as error:
            self._limiter.hold(error.wait_s)
            self._lost(str(error))


async def _first(event: asyncio.Event, reading: asyncio.Task[None]) -> None:
    """Wait until something has happened or the reading has ended."""
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({waiting, reading}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _cancel(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # it is known, or it does not matter any more
