"""The stream over real sockets: readers that do not read, that go, and the end of the server."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from make import end_round, row, text, trade, window, write
from serving_making import serving
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from contracts.reader.folder import Folder
from contracts.settings import SettingError
from gateway.history.missed import Missed
from gateway.history.pages import History
from gateway.live.hub import Hub
from gateway.live.market import Changes
from gateway.live.recent import Recent
from gateway.serving.api import application
from gateway.serving.server import listen
from gateway.serving.stream import stream_handlers

REQUEST = b"GET /v1/stream?kinds=%s HTTP/1.1\r\nHost: localhost\r\n\r\n"


@asynccontextmanager
async def served(
    hub: Hub, token: str | None = None, folder: Path = Path("none")
) -> AsyncIterator[int]:
    """Serve the stream of a hub and a dataset; gives the port; in the end both are closed."""
    handlers = stream_handlers(hub, Missed(History(Folder(folder)), timedelta(minutes=1)))
    async with serving(application(handlers, token)) as port:
        try:
            yield port
        finally:
            hub.close()


async def readers_of(hub: Hub, count: int) -> None:
    async with asyncio.timeout(30):
        while len(hub.readers) != count:  # noqa: ASYNC110 - the hub tells nobody
            await asyncio.sleep(0.01)


async def messages(stream: asyncio.StreamReader, count: int) -> list[Any]:
    found: list[Any] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            line = await stream.readline()
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
    return found


async def first_messages(port: int, query: str, count: int) -> list[Any]:
    """Open a stream and take so many messages."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /v1/stream?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    found = await messages(reader, count)
    writer.close()
    return found


async def test_a_reader_that_does_not_read_holds_up_nobody_and_then_gets_the_newest() -> None:
    hub = Hub()
    symbols = [f"S{number}" for number in range(40)]
    padding = "x" * 3000  # so that the buffers of both sides are full after few messages
    async with served(hub) as port:
        stuck = socket.create_connection(("127.0.0.1", port))
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        stuck.sendall(REQUEST % b"trade")
        stuck.setblocking(False)  # noqa: FBT003 - the library's signature
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST % b"trade")
        await readers_of(hub, 2)
        for number in range(30):
            id_ = f"{padding}-{number}"
            end_round(
                hub, Changes([trade(number, symbol=symbol, event_id=id_) for symbol in symbols])
            )
            found = await messages(reader, len(symbols))
            assert {it["event_id"] for it in found} == {id_}
        late, stuck_writer = await asyncio.open_connection(sock=stuck)
        found = []
        while not found or found[-1]["event_id"] != f"{padding}-29":
            found += await messages(late, 1)
        assert len(found) < 30 * len(symbols) / 2
        assert hub.skipped > 10
        for it in (writer, stuck_writer):
            it.close()
        await readers_of(hub, 0)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="of Linux, as the container is")
async def test_a_reader_that_takes_nothing_for_long_is_let_go_and_one_that_waits_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.serving.server._STUCK_MS", 500)
    hub = Hub()
    async with served(hub) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST % b"alert")
        with socket.create_connection(("127.0.0.1", port)) as stuck:
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stuck.sendall(REQUEST % b"trade")
            await readers_of(hub, 2)
            while not hub.skipped:
                end_round(hub, Changes([trade(event_id="x" * 100_000)]))
                await asyncio.sleep(0.01)
            await readers_of(hub, 1)
        assert not reader.at_eof()
        writer.close()


async def test_a_reader_that_is_gone_is_let_go() -> None:
    hub = Hub()
    async with served(hub) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST % b"trade")
        await readers_of(hub, 1)
        writer.close()
        await readers_of(hub, 0)


async def test_at_the_end_readers_are_told_that_it_is_the_end() -> None:
    hub = Hub()
    async with served(hub) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST % b"trade")
        socket_ = await connect(f"ws://127.0.0.1:{port}/v1/stream")
        await readers_of(hub, 2)
    assert (await reader.read()).endswith(b"0\r\n\r\n")
    with pytest.raises(ConnectionClosed) as closed:
        await socket_.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    writer.close()


async def begin(port: int, kinds: str) -> str | None:
    """Open the stream, and give the id that it begins with; the reader is gone then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST % kinds.encode())
    async with asyncio.timeout(30):
        found = await reader.readuntil(b"retry: 2000\n")
        while (line := await reader.readline()).strip():
            found = line
    writer.close()
    name, _, value = found.decode().partition(": ")
    return value.rstrip("\n") if name == "id" else None


async def test_a_reader_that_was_cut_off_before_it_had_an_id_gets_what_it_missed() -> None:
    hub = Hub()
    hub.begin()
    for number in range(3):
        hub.on_window(window(number))
    async with served(hub) as port:
        first_id = await begin(port, "trade,window")
        assert first_id == f"{window().broker_ms}-w0-2"
        hub.on_window(window(3))
        query = f"kinds=window&last_event_id={first_id}"
        [missed] = await first_messages(port, query, 1)
    assert missed["id"] == f"{window().broker_ms}-w0-3"
    assert hub.missed == 0


async def test_without_a_window_or_an_alert_a_stream_begins_with_an_id_of_now() -> None:
    hub = Hub()
    async with served(hub) as port:
        begun_ms = time.time_ns() // 1_000_000
        first_id = await begin(port, "alert")
        assert first_id is not None
        at_ms, _, rest = first_id.partition("-")
        assert begun_ms <= int(at_ms) <= time.time_ns() // 1_000_000
        assert rest == "w0-0"
        assert await begin(port, "trade,open,candle") is None  # these have no ids


async def test_a_websocket_has_the_same_messages_and_may_come_back() -> None:
    hub = Hub()
    hub.begin()
    for number in range(3):
        hub.on_window(window(number))
    id_ = next(hub.recent.since(hub.recent.first, {"window"})).id
    async with served(hub) as port:
        address = f"ws://127.0.0.1:{port}/v1/stream?kinds=window&last_event_id={id_}"
        async with connect(address) as reader:
            end_round(hub, Changes())
            found = [json.loads(await reader.recv()) for _ in range(2)]
        assert [it["id"].rpartition("-")[2] for it in found] == ["1", "2"]


async def test_a_websocket_that_was_stuck_and_is_gone_is_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub = Hub()
    async with served(hub) as port:
        with socket.create_connection(("127.0.0.1", port)) as stuck:
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stuck.sendall(
                b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            await readers_of(hub, 1)
            async with asyncio.timeout(30):
                while not hub.skipped:
                    end_round(hub, Changes([trade(event_id="x" * 100_000)]))
                    await asyncio.sleep(0.01)
        await readers_of(hub, 0)
    assert "broke off" not in capsys.readouterr().out


async def test_a_websocket_needs_the_token_and_an_origin_of_its_own() -> None:
    hub = Hub()
    async with served(hub, token="s3cret") as port:
        address = f"ws://127.0.0.1:{port}/v1/stream"
        given = {"Authorization": "Bearer s3cret"}
        with pytest.raises(InvalidStatus, match="403"):
            await connect(address)
        for origin in ("http://elsewhere", "http://[", "null"):
            with pytest.raises(InvalidStatus, match="403"):
                await connect(address, additional_headers=given, origin=origin)  # type: ignore[arg-type]
        async with connect(address, additional_headers=given):
            await readers_of(hub, 1)


async def test_an_empty_last_id_is_none() -> None:
    hub = Hub()
    async with served(hub) as port:
        address = f"ws://127.0.0.1:{port}/v1/stream"
        async with connect(address, additional_headers={"Last-Event-ID": ""}):
            await readers_of(hub, 1)


async def test_where_the_address_has_an_id_too_the_header_s_is_the_newer() -> None:
    """A browser that comes back has the address that it began with."""
    hub = Hub()
    hub.begin()
    for offset in range(3):
        hub.on_window(window(offset))
    at_ms = window().broker_ms
    async with served(hub) as port:
        address = f"ws://127.0.0.1:{port}/v1/stream?kinds=window&last_event_id={at_ms}-w0-0"
        async with connect(
            address, additional_headers={"Last-Event-ID": f"{at_ms}-w0-1"}
        ) as socket:
            assert json.loads(await socket.recv())["id"] == f"{at_ms}-w0-2"


async def test_what_a_websocket_asks_wrongly_is_refused() -> None:
    async with served(Hub()) as port:
        with pytest.raises(InvalidStatus):
            await connect(f"ws://127.0.0.1:{port}/v1/stream?kinds=price")


def test_a_port_that_is_taken_is_told() -> None:
    with listen(0) as taken, pytest.raises(SettingError, match="Address already in use"):
        listen(taken.getsockname()[1])


def test_it_listens_where_the_kernel_lets_nobody_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("socket.TCP_USER_TIMEOUT", raising=False)
    with listen(0) as listening:
        assert listening.getsockname()[1]


async def test_what_is_no_longer_kept_comes_from_the_dataset(tmp_path: Path) -> None:
    hub = Hub()
    hub.begin()
    now = datetime.now(UTC).replace(microsecond=0)
    starts = [now - timedelta(minutes=minutes) for minutes in (50, 30, 20, 2)]
    for number, start in enumerate(starts):
        write(tmp_path, f"{number}.parquet", row(start), row(start, "AAPL"))
    had_ms = int((now - timedelta(minutes=40)).timestamp() * 1000)
    async with served(hub, folder=tmp_path) as port:
        query = f"kinds=window&symbols=IBM&last_event_id={had_ms}-w0-1"
        found = await first_messages(port, query, 3)
    assert [it["window_start"] for it in found] == [text(start) for start in starts[1:]]
    assert {(it["kind"], it["symbol"], it["id"]) for it in found} == {
        ("window", "IBM", f"{had_ms}-d-0")
    }


async def test_a_slow_reader_gets_from_the_dataset_what_was_no_longer_kept(
    tmp_path: Path,
) -> None:
    hub = Hub(Recent(most_bytes=50_000))
    hub.begin()
    start = datetime.now(UTC).replace(microsecond=0)
    symbols = [f"S{number:04}" for number in range(3000)]
    write(tmp_path, "a.parquet", *(row(start, symbol) for symbol in symbols))
    async with served(hub, folder=tmp_path) as port:
        slow = socket.create_connection(("127.0.0.1", port))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        slow.sendall(REQUEST % b"window")
        slow.setblocking(False)  # noqa: FBT003 - the library's signature
        await readers_of(hub, 1)
        for number, symbol in enumerate(symbols):
            made = window(number, symbol=symbol, window_start=text(start))
            hub.on_window(made._replace(broker_ms=int(start.timestamp() * 1000)))
            if number % 20 == 0:
                end_round(hub, Changes())
                await asyncio.sleep(0.001)
        end_round(hub, Changes())
        reader, writer = await asyncio.open_connection(sock=slow)
        missing = set(symbols)
        while missing:
            [found] = await messages(reader, 1)
            missing.discard(found["symbol"])
        writer.close()
    assert hub.missed > 500


async def test_windows_that_a_job_wrote_late_are_among_those_of_the_dataset(tmp_path: Path) -> None:
    hub = Hub(Recent(most_bytes=500))
    hub.begin()
    now = datetime.now(UTC).replace(microsecond=0)
    starts = [now - timedelta(hours=hours) for hours in (9, 7, 3)]
    for number, (start, minutes) in enumerate(zip(starts, (30, 2, 1), strict=True)):
        write(tmp_path, f"{number}.parquet", row(start))
        written_ms = int((now - timedelta(minutes=minutes)).timestamp() * 1000)
        hub.on_window(window(number, window_start=text(start))._replace(broker_ms=written_ms))
    had_ms = int((now - timedelta(minutes=5)).timestamp() * 1000)
    async with served(hub, folder=tmp_path) as port:
        query = f"kinds=window&last_event_id={had_ms}-w0-1"
        found = await first_messages(port, query, 2)
    assert [it["window_start"] for it in found] == [text(start) for start in starts[1:]]


async def test_a_stream_ends_where_what_its_reader_lacks_cannot_be_read(tmp_path: Path) -> None:
    hub = Hub()
    hub.begin()
    had_ms = int((datetime.now(UTC) - timedelta(minutes=5)).timestamp() * 1000)
    path = f"/v1/stream?kinds=window&last_event_id={had_ms}-w0-1"
    async with served(hub, folder=tmp_path / "away") as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        async with asyncio.timeout(10):
            assert (await reader.readuntil(b"\r\n0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        writer.close()
        async with connect(f"ws://127.0.0.1:{port}{path}") as frames:
            with pytest.raises(ConnectionClosed) as closed:
                await frames.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        await readers_of(hub, 0)
        (tmp_path / "away").mkdir()
        async with connect(f"ws://127.0.0.1:{port}{path}") as frames:
            hub.on_window(window(1))
            end_round(hub, Changes())
            assert json.loads(await frames.recv())["id"].endswith("-w0-1")
