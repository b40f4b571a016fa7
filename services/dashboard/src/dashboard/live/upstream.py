"""The connection to the gateway's stream: one for all pages, and only while there are any."""

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from dashboard.live.hub import Hub

_PATH = "/v1/stream"
_MOST_NAMED = 100  # of more symbols all are asked for: an address has a length
_PATIENCE_S = 5.0
_PAUSE_S = (0.5, 1.5)
_MOST_BYTES = 256 * 1024

_log = structlog.get_logger()


@dataclass(frozen=True)
class Gateway:
    """Where the gateway is reached from this server, and the token that it asks for."""

    url: str
    token: str | None = None

    def stream(self, kinds: str, symbols: Iterable[str], last_id: str | None) -> str:
        """Write the address of its stream; no symbol: of all."""
        named = sorted(symbols)
        asked = {"kinds": kinds}
        if 0 < len(named) <= _MOST_NAMED:
            asked["symbols"] = ",".join(named)
        if last_id:
            asked["last_event_id"] = last_id
        scheme, _, rest = self.url.rstrip("/").partition("://")
        return f"{scheme.replace('http', 'ws', 1)}://{rest}{_PATH}?{urlencode(asked)}"

    @property
    def headers(self) -> dict[str, str]:
        """What a request has to carry."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


async def follow_prices(gateway: Gateway, hub: Hub) -> None:
    """Give the hub the prices of the symbols that pages show, while any does; for ever."""
    stream = _Stream(gateway, hub, "trade,open,window")
    told = None
    while True:
        hub.is_away(None)
        await hub.until(lambda: bool(hub.wanted))
        while hub.wanted:
            why = await _while_it_has_all(stream, hub)
            if why and why != told:
                _log.warning("live prices are away", why=why)
            if why:
                hub.is_away(why)
                await asyncio.sleep(random.uniform(*_PAUSE_S))  # noqa: S311 - no secret
            told = why


async def _while_it_has_all(stream: "_Stream", hub: Hub) -> str | None:
    """Read until the pages show a symbol that was not asked for, or none; or say what failed."""
    symbols = hub.wanted if len(hub.wanted) <= _MOST_NAMED else frozenset[str]()
    reading = asyncio.ensure_future(stream.read(symbols))
    other = asyncio.ensure_future(
        hub.until(lambda: not hub.wanted or bool(symbols and hub.wanted - symbols))
    )
    try:
        await asyncio.wait({reading, other}, return_when=asyncio.FIRST_COMPLETED)
        return reading.result() if reading.done() else None
    finally:
        for task in (reading, other):
            task.cancel()
        await asyncio.gather(reading, other, return_exceptions=True)


class _Stream:
    """One subscription, which goes on after what it has had."""

    def __init__(self, gateway: Gateway, hub: Hub, kinds: str) -> None:
        self._gateway = gateway
        self._hub = hub
        self._kinds = kinds
        self._last_id: str | None = None

    async def read(self, symbols: frozenset[str]) -> str:
        """Give the hub what comes of these symbols (none: of all), and say why it ended."""
        address = self._gateway.stream(self._kinds, symbols, self._last_id)
        try:
            async with connect(
                address,
                additional_headers=self._gateway.headers,
                proxy=None,
                open_timeout=_PATIENCE_S,
                ping_interval=_PATIENCE_S,
                ping_timeout=_PATIENCE_S,
                close_timeout=1,
                max_size=_MOST_BYTES,
            ) as stream:
                return await self._pass_on(stream)
        except InvalidStatus as error:
            status = error.response.status_code
            if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                return "the gateway does not take the token (GATEWAY_TOKEN)"
            return f"the gateway answers with {status}"
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed):
            return "the gateway does not answer"

    async def _pass_on(self, stream: ClientConnection) -> str:
        self._hub.is_here()
        async for text in stream:
            head = self._hub.came(text if isinstance(text, str) else text.decode())
            if head and head.id:
                self._last_id = head.id
        return "the gateway has closed the connection"
