"""One connection, from its handshake to its end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import NoReturn

import aiohttp

from producer.errors import KeyRejectedError
from producer.feeds.proxies import bad_address
from producer.feeds.retry_after import retry_after_s
from producer.feeds.sockets.provider import Message, MessageError, Provider
from producer.feeds.sockets.timing import Timing

# By these aiohttp looks for a proxy in the environment, which names one for `https`, not for `wss`.
_HANDSHAKE = {"ws": "http", "wss": "https"}
_KEY_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_REFUSED_ON_THE_WAY = {*_KEY_REFUSED, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS}


class LostError(Exception):
    """The connection ended; says how, and how many seconds the provider asks to wait."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class Connection:
    """Reads one connection for `symbols`; `receive` takes each message and may raise nothing.

    `live` is set with the first message, `ending` once the connection is about to end.
    """

    def __init__(
        self,
        provider: Provider,
        symbols: tuple[str, ...],
        session: aiohttp.ClientSession,
        *,
        receive: Callable[[Message], None],
        now: Callable[[], datetime],
        timing: Timing,
    ) -> None:
        self.live = asyncio.Event()
        self.ending = asyncio.Event()
        self._provider = provider
        self._symbols = symbols
        self._session = session
        self._receive = receive
        self._now = now
        self._timing = timing

    async def run(self) -> NoReturn:
        """Read to the end; raises `LostError`, and `FeedError` where the key is refused."""
        socket = await self._connect()
        ages = self._age()
        try:
            with suppress(aiohttp.ClientError, ConnectionError):  # then there is nothing to read
                for text in self._provider.subscriptions(self._symbols):
                    await socket.send_str(text)
            while True:
                message = await self._next(socket)
                self.live.set()
                self._receive(message)
                if message.ending:
                    self.ending.set()
        finally:
            if ages:
                ages.cancel()
            await socket.close()

    def _age(self) -> asyncio.TimerHandle | None:
        """Set `ending` some time before the provider would cut the connection."""
        if self._provider.lasts is None:
            return None
        after_s = max(0.0, self._provider.lasts.total_seconds() - self._timing.before_cut)
        return asyncio.get_running_loop().call_later(after_s, self.ending.set)

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        timing, url = self._timing, self._provider.url(self._symbols)
        try:
            async with asyncio.timeout(timing.connect):
                return await self._session.ws_connect(
                    url.with_scheme(_HANDSHAKE[url.scheme]),
                    heartbeat=timing.ping,
                    timeout=aiohttp.ClientWSTimeout(ws_close=timing.close),
                )
        except aiohttp.WSServerHandshakeError as error:
            raise self._refusal(error) from None  # its text holds the address, and so the key
        except aiohttp.ClientHttpProxyError as error:
            raise LostError(f"the proxy answers HTTP {error.status}") from None
        except aiohttp.ClientConnectorError as error:
            proxy = "the proxy " if isinstance(error, aiohttp.ClientProxyConnectionError) else ""
            why = error.strerror or error
            raise LostError(f"no connection to {proxy}{error.host}: {why}") from None
        except TimeoutError:
            raise LostError(f"no connection: no answer within {timing.connect:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            why = bad_address(error) or type(error).__name__
            raise LostError(f"no connection: {why}") from None

    def _refusal(self, error: aiohttp.WSServerHandshakeError) -> KeyRejectedError | LostError:
        if error.status in _KEY_REFUSED and self._provider.has_key:
            return KeyRejectedError(f"the provider refuses the key: HTTP {error.status}")
        why = f"the provider answers HTTP {error.status}"
        if error.status in _REFUSED_ON_THE_WAY:
            why += (
                ": a firewall or a proxy on the way refuses the connection,"
                " or the provider does not serve this region"
            )
        wait_s = retry_after_s(error.status, error.headers or {}, self._now())
        if wait_s:
            why += f" and asks to wait {wait_s:.0f} s"
        return LostError(why, wait_s)

    async def _next(self, socket: aiohttp.ClientWebSocketResponse) -> Message:
        silent = asyncio.timeout(self._timing.silent)
        try:
            async with silent:
                received = await socket.receive()
        except TimeoutError:
            if not silent.expired():  # it is the network's, and would be raised again at once
                raise LostError("the connection broke: TimeoutError") from None
            if self._provider.overlaps:  # what is traded seldom is not to be missed meanwhile
                return Message(ending=True)
            raise LostError(f"no message for {self._timing.silent:g} s") from None
        if received.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
            raise LostError(_how_it_ended(socket, received))
        try:
            return self._provider.read(received.data)
        except MessageError as error:
            return Message(refused=[f"a message that cannot be read: {error}"])


def open_session() -> aiohttp.ClientSession:
    """Open a session through the environment's proxy, if any, that follows no redirect.

    The key is for one address, and each counts.
    """
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse_redirect)
    return aiohttp.ClientSession(trace_configs=[tracing], trust_env=True)


async def _refuse_redirect(
    _: aiohttp.ClientSession, __: SimpleNamespace, redirect: aiohttp.TraceRequestRedirectParams
) -> NoReturn:
    answer = redirect.response
    raise aiohttp.WSServerHandshakeError(answer.request_info, (), status=answer.status)


def _how_it_ended(socket: aiohttp.ClientWebSocketResponse, received: aiohttp.WSMessage) -> str:
    if received.type is aiohttp.WSMsgType.ERROR or socket.exception():
        return f"the connection broke: {type(received.data or socket.exception()).__name__}"
    return f"the provider closed the connection (code {socket.close_code})"
