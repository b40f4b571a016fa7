"""Whatever is asked, nothing goes wrong in here: no answer is a 5xx, and no trace is in the log."""

import asyncio
import base64
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from litestar import Litestar
from make import BEGIN, row, trade, write
from prometheus_client import CollectorRegistry
from serving_making import serving
from test_rest import ALERTS
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from contracts.clock import Clock
from contracts.reader.folder import Folder
from gateway.alerts.recent import RecentAlerts
from gateway.following.listener import ReadTo
from gateway.history.missed import Missed
from gateway.history.pages import History
from gateway.live.hub import Hub
from gateway.live.market import Market
from gateway.serving.api import application
from gateway.serving.health import health_handlers
from gateway.serving.rest import rest_handlers
from gateway.serving.stream import stream_handlers
from gateway.serving.windows import windows_handler

MINUTE = timedelta(minutes=1)
PARAMETERS = {
    "/v1/alerts": ("symbol", "rule", "from", "limit"),
    "/v1/windows": ("symbol", "source", "from", "to", "length", "limit", "page", "format"),
    "/v1/stream": ("symbols", "kinds", "last_event_id"),
}
VALUES = (
    "", "%00", "%FF", "%", "a%0D%0Ab", "-1", "0", "1", "1e400", "9" * 400, "nan", "true", "[]",
    "0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "1e17", "999999999%20days",
    "0%20seconds", "%F0%9F%90%8D", "*", "(" * 2000, "x" * 60_000,
    "999999999999999-w0-1", "0-d-0", "1-" + "-" * 1000,
)  # fmt: skip
PAGES = ("[" * 100_000, '[1,2,"a","b",' + "[" * 100_000, "1" * 5000, "{}", '[0,0,"",""]')


@pytest.fixture
def quiet_log(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    with caplog.at_level(logging.WARNING):
        yield
    said = capsys.readouterr()
    assert [it.getMessage() for it in caplog.records if it.levelno >= logging.ERROR] == []
    assert "error" not in said.out.lower() + said.err.lower()


def app(folder: Path, token: str | None = None) -> Litestar:
    write(folder, "a.parquet", row(BEGIN))
    history = History(Folder(folder))
    market = Market(MINUTE, timedelta(seconds=5), back=MINUTE)
    market.on_start("trades", "id", {0: 0})
    market.on_trades([trade()], {0: ReadTo(1, 1)})
    hub = Hub()
    hub.begin()
    handlers = [
        *rest_handlers(market, RecentAlerts(ALERTS), folder / "status", Clock()),
        windows_handler(history),
        *stream_handlers(hub, Missed(history, MINUTE)),
        *health_handlers(lambda: True, CollectorRegistry()),
    ]
    return application(handlers, token)


async def status_of(port: int, request: bytes) -> int:
    """Send bytes as they are; gives the status of the answer, 0 where there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000_000)
    writer.write(request)
    async with asyncio.timeout(30):
        line = await reader.readline()
    writer.close()
    return int(line.split()[1]) if line else 0


async def whole_answer(port: int, path: str, *headers: str, method: str) -> tuple[bytes, bytes]:
    """Ask until the server closes; gives the head of the answer, without its date, and the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", "Connection: close", *headers])
    writer.write(f"{lines}\r\n\r\n".encode())
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return b"\r\n".join(it for it in head.split(b"\r\n") if not it.startswith(b"date:")), body


async def got(port: int, path: str, *headers: str, method: str = "GET") -> int:
    lines = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers])
    return await status_of(port, f"{lines}\r\n\r\n".encode())


@pytest.mark.usefixtures("quiet_log")
async def test_every_parameter_may_be_anything_and_come_twice(tmp_path: Path) -> None:
    pages = [quote(base64.urlsafe_b64encode(it.encode()).decode()) for it in PAGES]
    asked = [
        f"{path}?{name}={value}"
        for path, names in PARAMETERS.items()
        for name in names
        for value in (*VALUES, *(pages if name == "page" else ()))
    ]
    asked += [
        f"{path}?{name}=1&{name}=2" for path, names in PARAMETERS.items() for name in (*names, "no")
    ]
    async with serving(app(tmp_path)) as port:
        statuses = {it[:90]: await got(port, it) for it in asked}
    assert {it: status for it, status in statuses.items() if status not in {200, 400}} == {}
    assert len({*statuses.values()}) == 2


@pytest.mark.usefixtures("quiet_log")
async def test_paths_and_methods_may_be_anything(tmp_path: Path) -> None:
    paths = [
        *PARAMETERS, "/v1/symbols", "/v1/pipeline", "/health", "/metrics", "/docs", "/", "//",
        "/docs/assets/", "/docs/assets/%00", "/docs/assets/..%2f..%2fapi.py", "/docs/assets/../x",
        "/docs/assets/" + "x" * 5000, "/docs/assets/rapidoc-min.js/x", "/docs/%00", "/v1/%FF", "*",
        "/docs/assets/%FF", "http://elsewhere/health", "/v1/windows/", "/%2e%2e/etc/passwd",
    ]  # fmt: skip
    async with serving(app(tmp_path)) as port:
        statuses = {
            (method, path[:50]): await got(port, path, method=method)
            for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "PATCH", "TRACE")
            for path in paths
        }
    odd = {it: status for it, status in statuses.items() if not 200 <= status < 500}
    assert odd == {}
    assert statuses["POST", "/v1/windows"] == 405
    assert statuses["OPTIONS", "/v1/windows"] == 204


@pytest.mark.usefixtures("quiet_log")
async def test_head_is_answered_as_get_without_the_body(tmp_path: Path) -> None:
    chunked = b"\r\ntransfer-encoding: chunked"  # how a body is sent of which there is none
    async with serving(app(tmp_path, "s3cret")) as port:
        for path, *headers in (
            ("/health",),
            ("/docs",),
            ("/docs/openapi.json",),
            ("/docs/assets/rapidoc-min.js",),
            ("/docs/assets/nothing",),
            ("/nothing",),
            ("/v1/alerts",),
            *((it, "Authorization: Bearer s3cret") for it in ("/v1/pipeline", "/metrics")),
            *((it, "Authorization: Bearer s3cret") for it in ("/v1/alerts", "/v1/windows")),
            ("/v1/windows?format=csv&limit=1", "Authorization: Bearer s3cret"),
            ("/v1/windows?limit=0", "Authorization: Bearer s3cret"),
            ("/v1/stream?kinds=price", "Authorization: Bearer s3cret"),
        ):
            like, _ = await whole_answer(port, path, *headers, method="GET")
            head = await whole_answer(port, path, *headers, method="HEAD")
            assert head == (like.replace(chunked, b""), b""), path


@pytest.mark.usefixtures("quiet_log")
async def test_the_head_of_the_stream_ends_and_leaves_no_reader(tmp_path: Path) -> None:
    hub = Hub()
    handlers = stream_handlers(hub, Missed(History(Folder(tmp_path)), MINUTE))
    async with serving(application(handlers, None)) as port:
        head, body = await whole_answer(port, "/v1/stream", method="HEAD")
        lines = head.split(b"\r\n")
        assert (lines[0], body) == (b"HTTP/1.1 200 OK", b"")
        assert b"content-type: text/event-stream; charset=utf-8" in lines
        async with asyncio.timeout(30):
            while hub.readers:  # noqa: ASYNC110 - of the handler, which ends by itself
                await asyncio.sleep(0.01)


@pytest.mark.usefixtures("quiet_log")
async def test_what_is_no_request_at_all_is_a_bad_one(tmp_path: Path) -> None:
    host = b"\r\nHost: localhost\r\n"
    async with serving(app(tmp_path)) as port:
        for request in (
            b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET /v1/\xff HTTP/1.1" + host + b"\r\n",
            b"GET /v1/symbols HTTP/1.1" + host + b"Content-Length: x\r\n\r\n",
            b"GET /v1/symbols HTTP/9.9" + host + b"\r\n",
        ):
            assert await status_of(port, request) in {0, 400, 404}, request
        body = b"Content-Length: 1000000\r\n\r\n" + b"x" * 1_000_000
        assert await status_of(port, b"GET /v1/symbols HTTP/1.1" + host + body) == 200
        assert await got(port, "/v1/symbols", "Range: bytes=5-1", "If-None-Match: *") == 200


@pytest.mark.usefixtures("quiet_log")
async def test_the_token_counts_in_its_header_only(tmp_path: Path) -> None:
    async with serving(app(tmp_path, "s3cret")) as port:
        for given in ("Bearer s3cret", "bearer s3cret", "BEARER  s3cret", "Bearer s3cret "):
            assert await got(port, "/v1/symbols", f"Authorization: {given}") == 200, given
        for given in (
            "", "Bearer", "Bearer ", "s3cret", "Basic s3cret", "Bearer s3cret s3cret", "Bearer ü",
            "Bearers3cret", "Bearer S3CRET", "Bearer " + "s" * 50_000, "Bearer\ts3cret",
        ):  # fmt: skip
            assert await got(port, "/v1/symbols", f"Authorization: {given}") == 401, given[:50]
        for query in ("token=s3cret", "access_token=s3cret", "Authorization=Bearer%20s3cret"):
            assert await got(port, f"/v1/symbols?{query}") == 401
        assert await got(port, "/v1/windows?limit=wrong") == 401


@pytest.mark.usefixtures("quiet_log")
async def test_whatever_a_websocket_says_is_not_listened_to(tmp_path: Path) -> None:
    async with serving(app(tmp_path)) as port:
        address = f"ws://127.0.0.1:{port}/v1/stream"
        async with connect(address) as socket:
            for said in ("{", b"\x00\xff", "", ["a", "b"]):
                await socket.send(said)
            await (await socket.ping())
        for too_much in ("x" * 1_000_000, [b"x" * 1000] * 1000):
            async with connect(address) as socket:
                with suppress(ConnectionClosed):
                    await socket.send(too_much)
                with pytest.raises(ConnectionClosed) as closed:
                    await asyncio.wait_for(socket.recv(), 10)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1009  # too large
        async with connect(address) as socket:
            socket.transport.write(b"\x81\x82\0\0\0\0\xff\xff")  # a text that is not UTF-8
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1007
        async with connect(address) as socket:
            socket.transport.write(b"\xff" * 1000)  # no frame
            with pytest.raises(ConnectionClosed):
                await socket.recv()


@pytest.mark.usefixtures("quiet_log")
async def test_an_address_may_name_as_many_symbols_as_a_reader_may_have(tmp_path: Path) -> None:
    names = ",".join(f"SYMBOL{number:03}" for number in range(1000))
    async with serving(app(tmp_path)) as port:
        assert await got(port, f"/v1/stream?symbols={names}") == 200
        async with connect(f"ws://127.0.0.1:{port}/v1/stream?symbols={names}") as socket:
            await (await socket.ping())


@pytest.mark.usefixtures("quiet_log")
async def test_a_websocket_may_be_asked_for_anywhere(tmp_path: Path) -> None:
    upgrade = (
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )  # fmt: skip
    async with serving(app(tmp_path)) as port:
        for path in ("/v1/symbols", "/v1/windows", "/docs/assets/rapidoc-min.js", "/", "/health"):
            assert 400 <= await got(port, path, *upgrade) < 500, path
        for query in ("kinds=price", "last_event_id=5", "symbols=%00", "kinds=%FF"):
            assert await got(port, f"/v1/stream?{query}", *upgrade) == 403, query
        assert await got(port, "/v1/stream", *upgrade, "Origin: http://[") == 403
        assert await got(port, "/v1/stream", *upgrade[:3]) == 400
        lines = "\r\n".join(["GET /v1/stream?symbols=\xff HTTP/1.1", "Host: a", *upgrade])
        answer = await status_of(port, f"{lines}\r\n\r\n".encode("latin-1"))
        assert 400 <= answer < 500
