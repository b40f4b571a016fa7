"""Keeps a connection open for some symbols, whatever happens to each single one."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from math import inf

import aiohttp
import stamina

from producer.errors import FeedError
from producer.feeds.sockets.provider import Message, MessageError, Provider

_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


@dataclass(frozen=True)
class Timing:
    """In seconds: how long things may take, and how long to wait between attempts.

    `ping` is how long a socket may be still before it is asked whether it is there (half of that
    it has to answer), `silent` how long one that answers may bring no message, `brief` how long a
    connection must have lasted for the next to come without waiting.
    """

    connect: float = 15
    close: float = 2
    ping: float = 20
    silent: float = 120
    brief: float = 60
    first_wait: float = 1
    longest_wait: float = 60
    before_cut: float = 300


class LostError(Exception):
    """The connection ended; says how."""


class Line:
    """Holds a connection for `symbols`, and the next where one ends.

    `heard` is told each message and may raise nothing; `lost` why a connection ended.
    """

    def __init__(
        self,
        provider: Provider,
        symbols: tuple[str, ...],
        session: aiohttp.ClientSession,
        *,
        heard: Callable[[Message], None],
        lost: Callable[[str], None],
        timing: Timing,
    ) -> None:
        self._provider = provider
        self._symbols = symbols
        self._session = session
        self._heard = heard
        self._lost = lost
        self._timing = timing

    async def run(self) -> None:
        """Run for ever; raises `FeedError` where the provider refuses the key."""
        timing = self._timing
        loop = asyncio.get_running_loop()
        while True:
            async for attempt in stamina.retry_context(
                on=LostError,
                attempts=None,
                timeout=None,
                wait_initial=timing.first_wait,
                wait_max=timing.longest_wait,
                wait_jitter=timing.first_wait,
            ):
                with attempt:
                    began = loop.time()
                    try:
                        await self._hold()
                    except LostError as error:
                        self._lost(str(error))
                        if loop.time() - began < timing.brief:
                            raise

    async def _hold(self) -> None:
        """Hold a connection, let the next take over before it is cut, and so on until one ends."""
        old: asyncio.Task[None] | None = None
        reading: asyncio.Task[None] | None = None
        try:
            while True:
                live, ending = asyncio.Event(), asyncio.Event()
                reading = asyncio.create_task(self._read(live, ending))
                await _until(live.wait(), reading)
                await _cancel(old)
                await _until(ending.wait(), reading)
                if not self._provider.overlaps:
                    await reading  # it will be cut, and then the next comes
                old = reading
        finally:
            await _cancel(old)
            await _cancel(reading)

    async def _read(self, live: asyncio.Event, ending: asyncio.Event) -> None:
        """Read one connection to its end, which raises `LostError`."""
        timing = self._timing
        try:
            async with asyncio.timeout(timing.connect):
                socket = await self._session.ws_connect(
                    self._provider.url(self._symbols),
                    heartbeat=timing.ping,
                    timeout=aiohttp.ClientWSTimeout(ws_close=timing.close),
                )
        except aiohttp.WSServerHandshakeError as error:
            # Its text holds the address, and so the key.
            if error.status in _REFUSED:
                raise FeedError(f"the provider refuses the key: HTTP {error.status}") from None
            raise LostError(f"the provider answers HTTP {error.status}") from None
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError
            raise LostError(f"no connection: {type(error).__name__}") from None
        lasts_s = self._provider.lasts.total_seconds() if self._provider.lasts else inf
        ages = asyncio.create_task(_set_after(max(0.0, lasts_s - timing.before_cut), ending))
        try:
            with suppress(aiohttp.ClientError, ConnectionError):  # then there is nothing to hear
                for text in self._provider.greeting(self._symbols):
                    await socket.send_str(text)
            await self._listen(socket, live, ending)
        finally:
            ages.cancel()
            await socket.close()

    async def _listen(
        self, socket: aiohttp.ClientWebSocketResponse, live: asyncio.Event, ending: asyncio.Event
    ) -> None:
        while True:
            try:
                async with asyncio.timeout(self._timing.silent):
                    received = await socket.receive()
            except TimeoutError:
                raise LostError(f"no message for {self._timing.silent:g} s") from None
            if received.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                raise LostError(_how(socket, received))
            live.set()
            message = self._understood(received.data)
            self._heard(message)
            if message.ending:
                ending.set()

    def _understood(self, text: str | bytes) -> Message:
        try:
            return self._provider.read(text)
        except MessageError as error:
            return Message(refused=f"a message that is none of the provider's: {error}")


def _how(socket: aiohttp.ClientWebSocketResponse, received: aiohttp.WSMessage) -> str:
    if received.type is aiohttp.WSMsgType.ERROR or socket.exception():
        return f"the connection broke: {type(received.data or socket.exception()).__name__}"
    return f"the provider closed the connection (code {socket.close_code})"


async def _until(true: Coroutine[None, None, bool], reading: asyncio.Task[None]) -> None:
    """Wait for something; raises what ends the reading before."""
    waiting = asyncio.create_task(true)
    try:
        await asyncio.wait({waiting, reading}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if reading.done():
        reading.result()


async def _set_after(seconds: float, event: asyncio.Event) -> None:
    if seconds < inf:
        await asyncio.sleep(seconds)
        event.set()


async def _cancel(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # it is known, or it does not matter any more
