"""The connections to the gateway's stream: of prices and of candles, while pages show them."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from dashboard.live.hub import Hub

_PATH = "/v1/stream"
_MOST_NAMED = 100  # of more symbols all are asked for: an address has a length
_OPENED_MS = 30_000
"""So long after its figure was made a page asks for candles, on a slow machine."""
_PATIENCE_S = 5.0
_PAUSE_S = (0.5, 1.5)
_MOST_BYTES = 256 * 1024

_log = structlog.get_logger()


@dataclass(frozen=True)
class Gateway:
    """Where the gateway is reached from this server, and the token that it asks for."""

    url: str
    token: str | None = None

    def stream(self, kinds: str, symbols: Iterable[str], last_id: str | None = None) -> str:
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
    told: str | None = None

    def here() -> None:
        nonlocal told
        told = None
        hub.is_here()

    while True:
        hub.is_away(None)
        await hub.until(lambda: bool(hub.wanted))
        while hub.wanted:
            hub.forget_unwanted()
            why = await _read_prices(gateway, hub, here)
            if why:
                hub.is_away(why)
                if why != told:
                    _log.warning("live prices are unavailable", why=why)
                told = why
                await pause()


async def follow_candles(gateway: Gateway, hub: Hub) -> None:
    """Give the hub the candles that are not over, while pages show candles; for ever.

    With the final windows that came while a page was opened: its figure was made before. Where the
    gateway cannot give these, it ends the stream: it is then asked without.
    Whether the gateway is there the other stream tells.
    """
    failed: str | None = None
    while True:
        await hub.until(lambda: bool(hub.wanted_candles))
        opened = f"{time.time_ns() // 1_000_000 - _OPENED_MS}-w0-0"
        failed = await _read_candles(gateway, hub, None if failed else opened)
        if failed:
            await pause()


async def _read_candles(gateway: Gateway, hub: Hub, last_id: str | None) -> str | None:
    """Read candles until others are wanted; say what failed, if that ended it.

    Where fewer are, too: one that is shown again later is not kept, and a new connection begins
    with it.
    """
    symbols = hub.wanted_candles
    reading = read(gateway.stream("candle,window", symbols, last_id), gateway, hub.came)
    return await read_while(lambda: hub.wanted_candles == symbols, hub, reading)


async def _read_prices(gateway: Gateway, hub: Hub, here: Callable[[], object]) -> str | None:
    """Read prices until more are wanted, or none; say what failed, if that ended it.

    Where all symbols are read, as there are too many to name, until there are fewer.
    """
    symbols = hub.wanted
    has_all = len(symbols) > _MOST_NAMED
    reading = read(gateway.stream("trade,open,window", symbols), gateway, hub.came, here)

    def goes_on() -> bool:
        now = hub.wanted
        return bool(now) and (len(now) > _MOST_NAMED if has_all else now <= symbols)

    return await read_while(goes_on, hub, reading)


async def pause() -> None:
    """Wait a moment before the next try."""
    await asyncio.sleep(random.uniform(*_PAUSE_S))  # noqa: S311 - no secret


async def read_while(holds: Callable[[], bool], hub: Hub, reading: Awaitable[str]) -> str | None:
    """Read while something holds of the pages, and say what failed, if that ended it."""
    tasks = asyncio.ensure_future(reading), asyncio.ensure_future(hub.until(lambda: not holds()))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read(
    address: str,
    gateway: Gateway,
    came: Callable[[str], object],
    here: Callable[[], object] = lambda: None,
) -> str:
    """Read the stream until it ends, and say why; `here` is called once it is open."""
    try:
        async with connect(
            address,
            additional_headers=gateway.headers,
            proxy=None,
            open_timeout=_PATIENCE_S,
            ping_interval=_PATIENCE_S,
            ping_timeout=_PATIENCE_S,
            close_timeout=1,
            max_size=_MOST_BYTES,
        ) as stream:
            here()
            async for text in stream:
                came(text if isinstance(text, str) else text.decode(errors="replace"))
    except InvalidStatus as error:
        status = error.response.status_code
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return "the gateway does not take the token (GATEWAY_TOKEN)"
        return f"the gateway answers with {status}"
    except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed):
        return "the gateway does not answer"
    return "the gateway has closed the connection"
