"""The stream: server-sent events, and the same messages as text frames of a WebSocket."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from litestar import WebSocket, get, websocket
from litestar.exceptions import (
    ServiceUnavailableException,
    ValidationException,
    WebSocketDisconnect,
)
from litestar.params import HeaderParameter, QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from contracts.reader import DatasetError
from contracts.stream import KINDS, USUAL_KINDS
from contracts.symbols import SYMBOL_PATTERN, SYMBOL_RULE
from gateway.history.missed import Missed
from gateway.live.hub import Hub, Reader
from gateway.live.sent import NOTHING, Batch
from gateway.live.subscription import Subscription
from gateway.serving.documented import WRONGLY_ASKED, answer_of, errors

MOST_READERS = 4000
_EVENTS = "text/event-stream"
_QUIET_S = 15.0
"""After so long without a message a comment shows that the connection is alive."""
_RETRY_MS = 2000
_GOING_AWAY, _TRY_AGAIN_LATER = 1001, 1013  # codes of RFC 6455
_MOST_SYMBOLS = 1000
_log = structlog.get_logger()
_is_symbol = re.compile(SYMBOL_PATTERN).match

Names = Annotated[
    str | None, QueryParameter(description="symbols with commas between; all where it is left out")
]
Kinds = Annotated[
    str | None,
    QueryParameter(
        description=f"of {', '.join(KINDS)}, with commas between; by default all but candle"
    ),
]
LastId = Annotated[
    str | None,
    QueryParameter(description="the id of the last final window or alert that the reader had"),
]
LastIdHeader = Annotated[str | None, HeaderParameter(name="Last-Event-ID")]


def subscription(symbols: str | None, kinds: str | None) -> Subscription:
    """Read what a reader wants; raises `ValidationException`."""
    names = None if symbols is None else frozenset(filter(None, symbols.split(",")))
    wanted = frozenset(USUAL_KINDS if kinds is None else filter(None, kinds.split(",")))
    if names is not None and (len(names) > _MOST_SYMBOLS or not all(map(_is_symbol, names))):
        raise ValidationException(f"symbols: takes at most {_MOST_SYMBOLS} of {SYMBOL_RULE}")
    if not wanted or not wanted <= frozenset[str](KINDS):
        raise ValidationException(f"kinds: takes some of {','.join(KINDS)}")
    return Subscription(names, wanted)


def _reader(hub: Hub, symbols: str | None, kinds: str | None, last_id: str | None) -> Reader:
    wanted = subscription(symbols, kinds)
    if len(hub.readers) >= MOST_READERS:
        raise ServiceUnavailableException(f"has its {MOST_READERS} readers")
    try:
        return hub.add(wanted, last_id)
    except ValueError as error:
        raise ValidationException(f"last_event_id: {error}") from None


def stream_handlers(hub: Hub, missed: Missed) -> list[Any]:
    """Make the handlers of the stream, one for each way to read it."""

    @get(
        "/v1/stream",
        sync_to_thread=False,
        summary="The stream, as server-sent events",
        description="One JSON object an event. A WebSocket on the same path has the same objects.",
        responses={
            200: answer_of(str, "events, without end", _EVENTS),
            **errors(WRONGLY_ASKED, (HTTPStatus.SERVICE_UNAVAILABLE, "there are too many readers")),
        },
    )
    def events(
        symbols: Names = None,
        kinds: Kinds = None,
        last_event_id: LastId = None,
        last_id: LastIdHeader = None,
    ) -> ASGIApp:
        reader = _reader(hub, symbols, kinds, last_id or last_event_id or None)
        return _events(hub, missed, reader, _first_id(hub, reader))

    @websocket("/v1/stream")
    async def frames(
        socket: WebSocket[Any, Any, Any],
        symbols: Names = None,
        kinds: Kinds = None,
        last_event_id: LastId = None,
        last_id: LastIdHeader = None,
    ) -> None:
        reader = _reader(hub, symbols, kinds, last_id or last_event_id or None)
        try:
            await socket.accept()
            writing = _write_frames(_batches(hub, missed, reader), socket, hub)
            await _either(writing, _until_gone(socket.receive))
        finally:
            hub.remove(reader)

    return [events, frames]


def _first_id(hub: Hub, reader: Reader) -> str | None:
    """Give the id with which a new reader comes back that was cut off before it had one."""
    if reader.last_id is not None:
        return None
    return hub.id_now(reader.subscription.kinds, time.time_ns() // 1_000_000)


def _events(hub: Hub, missed: Missed, reader: Reader, first_id: str | None) -> ASGIApp:
    async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"%s; charset=utf-8" % _EVENTS.encode()),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            writing = _write_events(_batches(hub, missed, reader), first_id, send)
            await _either(writing, _until_gone(receive))
        finally:
            hub.remove(reader)

    return answer


async def _batches(hub: Hub, missed: Missed, reader: Reader) -> AsyncIterator[Batch]:
    """Give a reader all that is for it, as it comes; an empty batch where nothing came for long.

    It ends where what the reader lacks cannot be read: the reader comes back with the same id.
    """
    while not hub.is_closed:
        if (since_ms := reader.lacks_since_ms) is not None:
            reader.lacks_since_ms = None
            try:
                begun = hub.arrivals.since(since_ms)
                now = datetime.now(UTC)
                async for part in missed.since(since_ms, begun, now, reader.subscription):
                    yield part
            except DatasetError:
                return
        found = NOTHING
        with suppress(TimeoutError):
            async with asyncio.timeout(_QUIET_S):
                found = await hub.next(reader)
        yield found


async def _write_events(batches: AsyncIterator[Batch], first_id: str | None, send: Send) -> None:
    # Without data it is no event: it sets after how long, and with which id, a browser comes back.
    id_ = f"id: {first_id}\n" if first_id else ""
    await _send(send, f"retry: {_RETRY_MS}\n{id_}\n".encode())
    async for found in batches:
        await _send(send, found.events or b":\n\n")
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _write_frames(
    batches: AsyncIterator[Batch], socket: WebSocket[Any, Any, Any], hub: Hub
) -> None:
    async for found in batches:
        for sent in found.sent:
            await socket.send_data(sent.message.decode(), mode="text")
    # The server goes away, or cannot give all at the moment: a reader may come back.
    await socket.close(_GOING_AWAY if hub.is_closed else _TRY_AGAIN_LATER)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] not in {"http.disconnect", "websocket.disconnect"}:
        pass


async def _either(writing: Coroutine[Any, Any, None], gone: Coroutine[Any, Any, None]) -> None:
    """Write until all is written, or the reader is gone."""
    tasks = [asyncio.create_task(writing), asyncio.create_task(gone)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        broke_off, _ = await asyncio.gather(*tasks, return_exceptions=True)
    is_gone = isinstance(broke_off, OSError | WebSocketDisconnect)  # as the server tells a writer
    if isinstance(broke_off, Exception) and not is_gone:
        _log.error("a stream ended with an error", exc_info=broke_off)
