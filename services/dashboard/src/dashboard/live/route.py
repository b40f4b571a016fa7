"""Where a page's browser gets live prices from: a WebSocket of this server."""

import re
import time
from asyncio import TaskGroup, sleep, timeout
from contextlib import suppress
from datetime import datetime

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from contracts.times import from_ms
from dashboard.live.hub import MOST_PAGES, hub
from dashboard.live.messages import asked_of, together
from dashboard.live.pages import Page

PATH = "/live"
_QUIET_S = 15.0  # after so long an empty frame tells a page that it is connected (`page.js`)
_TOGETHER_S = 0.05  # messages of so long go in one frame: the page paints once for all of them
_PAINTED, _UNPAINTED_S = '"painted"', 1.0  # or after so long the page is sent the next frame
_MOST_CHARACTERS = 64 * 1024
_REFUSED, _TOO_LARGE, _LATER = 1008, 1009, 1013  # RFC 6455: why a WebSocket is closed


async def _live(socket: WebSocket) -> None:
    """Send a page what the gateway says of the symbols that it names."""
    if not _of_this_page(socket):
        await socket.close(_REFUSED)
        return
    await socket.accept()
    if hub().pages >= MOST_PAGES:
        await socket.close(_LATER)
        return
    page = hub().join(_alerts_after(socket))
    try:
        async with TaskGroup() as both:
            both.create_task(_send(socket, page))
            both.create_task(_receive(socket, page))
    except* WebSocketDisconnect:
        pass
    finally:
        hub().leave(page)


def _of_this_page(socket: WebSocket) -> bool:
    """Tell whether the page is this server's: a browser would let any other read along."""
    origin = socket.headers.get("origin")
    return origin is None or origin.partition("://")[2] == socket.headers.get("host")


def _alerts_after(socket: WebSocket) -> datetime | None:
    """Give up to when a page that connects again has all alerts; None of one that is new."""
    after = socket.query_params.get("after", "")
    return from_ms(int(after)) if re.fullmatch(r"[0-9]{1,13}", after) else None


async def _receive(socket: WebSocket, page: Page) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        text = message.get("text") or ""  # or bytes, which name no symbols either
        if text == _PAINTED:
            page.has_painted()
            continue
        asked = asked_of(text) if len(text) <= _MOST_CHARACTERS else None
        if asked is None:
            await socket.close(_TOO_LARGE)
            raise WebSocketDisconnect(_TOO_LARGE)
        hub().show(page, asked)


async def _send(socket: WebSocket, page: Page) -> None:
    """Send what waits, a frame at a time: a page that paints slowly is given the newest prices."""
    await socket.send_text(f'[{{"kind":"opened","at":{time.time_ns() // 1_000_000}}}]')
    while True:
        with suppress(TimeoutError):
            async with timeout(_QUIET_S):
                await page.ready()
        await sleep(_TOGETHER_S)
        await socket.send_text(together(page.take()))
        with suppress(TimeoutError):
            async with timeout(_UNPAINTED_S):
                await page.painted()


ROUTE = WebSocketRoute(PATH, _live)
