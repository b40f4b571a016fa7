"""What answers hold in memory: bounded for all clients together, also where they take nothing."""

import asyncio
import json
import socket
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from make import BEGIN
from serving_making import serving

from contracts.clock import Clock
from contracts.reader.folder import Folder
from gateway.alerts.making import notice
from gateway.alerts.moment import Queued
from gateway.alerts.recent import RecentAlerts
from gateway.history.pages import History
from gateway.live.market import Market
from gateway.serving import windows
from gateway.serving.api import application
from gateway.serving.rest import rest_handlers

PAGE = b"x" * 4_000_000


def app(folder: Path, alerts: int = 0) -> Litestar:
    """Make one with windows in a folder, and so many alerts of 4 KB each."""
    minute = timedelta(minutes=1)
    kept = [Queued(at, 0, notice("x" * 4000, BEGIN, str(at))) for at in range(alerts)]
    market, recent = Market(minute, minute, back=minute), RecentAlerts(kept)
    handlers = rest_handlers(market, recent, folder, Clock())
    return application([*handlers, windows.windows_handler(History(Folder(folder)))], None)


def asks(port: int, path: str) -> socket.socket:
    """Ask for something, and take nothing of it."""
    stuck = socket.create_connection(("127.0.0.1", port))
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
    return stuck


async def answer_of(port: int, path: str) -> tuple[bytes, bytes]:
    """Ask for something; gives the head of the answer and its body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode())
    async with asyncio.timeout(30):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return head, body


async def test_pages_are_held_for_so_many_at_once_and_others_are_told_to_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()

    def page(*_: Any) -> tuple[bytes, None]:
        loop.call_soon_threadsafe(made.release)
        return PAGE, None

    monkeypatch.setattr(windows, "_answer", page)
    monkeypatch.setattr(windows, "_MOST_HELD", 4)
    monkeypatch.setattr(windows, "_WAIT_S", 0.5)
    async with serving(app(tmp_path)) as port:
        with ExitStack() as stuck:
            clients = [stuck.enter_context(asks(port, "/v1/windows")) for _ in range(4)]
            for _ in clients:
                async with asyncio.timeout(30):
                    await made.acquire()
            head, _ = await answer_of(port, "/v1/windows")
            assert head.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: " in head
            assert made.locked()  # no page was made for it
            clients[0].close()
            while head.startswith(b"HTTP/1.1 503 "):
                head, body = await answer_of(port, "/v1/windows")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert body == PAGE


async def test_alerts_are_written_as_they_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0
    encode = msgspec.json.encode

    def counted(it: Any) -> bytes:
        nonlocal written
        written += 1
        return encode(it)

    all_of_them = app(tmp_path, alerts=1000)
    monkeypatch.setattr("gateway.serving.rest.msgspec.json.encode", counted)
    async with serving(all_of_them) as port:
        before = -1
        with asks(port, "/v1/alerts?limit=1000"):
            async with asyncio.timeout(30):
                while written != before or not written:  # until the buffers are full
                    before = written
                    await asyncio.sleep(0.2)
            assert written < 500
        _, body = await answer_of(port, "/v1/alerts?limit=1000")
    parts = body.split(b"\r\n")
    assert len(json.loads(b"".join(parts[1::2]))["alerts"]) == 1000
