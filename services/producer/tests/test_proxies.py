"""Feeds where the way out is a proxy, as the environment's `HTTP_PROXY` and `HTTPS_PROXY` say."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web

from producer.feeds.alpha_vantage import client
from producer.feeds.alpha_vantage.wordings import Outcome
from producer.feeds.sockets.connection import Connection, LostError, open_session
from producer.feeds.sockets.finnhub import Finnhub
from producer.feeds.sockets.timing import Timing

KEY = "SECRET123"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("http_proxy", "https_proxy", "ws_proxy", "wss_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Proxy:
    """Refuses each tunnel, and answers what is asked of other hosts itself."""

    def __init__(self):
        self.asked = []

    async def answer(self, request):
        self.asked.append(f"{request.method} {request.raw_path}")
        if request.method == "CONNECT":
            return web.Response(status=407)
        if "GLOBAL_QUOTE" in request.raw_path:
            return web.json_response({"Global Quote": {"01. symbol": "IBM", "05. price": "7.5"}})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str('{"type":"trade","data":[{"s":"IBM","p":7,"v":0,"t":1}]}')
        await socket.close()
        return socket


@asynccontextmanager
async def proxy():
    it = Proxy()
    runner = web.ServerRunner(web.Server(it.answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield it, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def now():
    return datetime(2026, 1, 2, tzinfo=UTC)


async def connection(url):
    """Read to the end; gives the prices and how it ended."""
    found = []
    async with open_session() as session:
        with pytest.raises(LostError) as lost:
            await Connection(
                Finnhub(url, KEY),
                ("IBM",),
                session,
                receive=lambda message: found.extend(it.price for it in message.trades),
                now=now,
                timing=Timing(connect=1, close=0.1),
            ).run()
    return found, str(lost.value)


async def ask(url):
    async with client.open_session() as session:
        return await client.Client(session, url, KEY, now).ask("IBM")


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
async def test_trades_come_through_the_proxy(monkeypatch, name):
    async with proxy() as (it, url):
        monkeypatch.setenv(name, url)
        prices, _ = await connection("ws://trades.invalid")
    assert prices == [7]
    assert it.asked == [f"GET http://trades.invalid/?token={KEY}"]


async def test_a_call_goes_through_the_proxy_once(monkeypatch):
    async with proxy() as (it, url):
        monkeypatch.setenv("HTTP_PROXY", url)
        answer = await ask("http://quotes.invalid")
    assert (answer.outcome, answer.price) == (Outcome.QUOTE, 7.5)
    (asked,) = it.asked
    assert asked.startswith("GET http://quotes.invalid/query?function=GLOBAL_QUOTE&symbol=IBM")


async def test_an_encrypted_feed_asks_the_proxy_for_a_tunnel_and_tells_its_refusal(monkeypatch):
    async with proxy() as (it, url):
        monkeypatch.setenv("HTTPS_PROXY", url.replace("//", "//me:letmein@"))
        _, why = await connection("wss://trades.invalid")
        answer = await ask("https://quotes.invalid")
    assert it.asked == ["CONNECT trades.invalid:443", "CONNECT quotes.invalid:443"]
    assert why == answer.message == "the proxy answers HTTP 407"
    assert answer.outcome is Outcome.UNAVAILABLE


async def test_a_proxy_that_is_away_is_named(monkeypatch):
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:letmein@127.0.0.1:{port}")
    _, why = await connection("wss://trades.invalid")
    answer = await ask("https://quotes.invalid")
    assert why.startswith("no connection to the proxy 127.0.0.1:")
    assert "ProxyConnectionError: Cannot connect to host 127.0.0.1" in answer.message
    said = why + answer.message
    assert "letmein" not in said
    assert KEY not in said


async def test_a_host_that_is_to_be_reached_without_the_proxy_is(monkeypatch):
    async with proxy() as (it, url):
        monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        prices, _ = await connection(url.replace("http", "ws"))
        answer = await ask(url)
    assert (prices, answer.price) == ([7], 7.5)
    assert [asked.split("?")[0] for asked in it.asked] == ["GET /", "GET /query"]


@pytest.mark.parametrize(
    "address",
    [
        "proxy:3128",
        "me:letmein@proxy:3128",
        "http://me:letmein@",
        "http://me:letmein@proxy:99999",
        "http://me:letmein@[::1",
    ],
)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY"])
async def test_an_address_that_is_none_is_told_without_what_it_holds(monkeypatch, name, address):
    monkeypatch.setenv(name, address)
    encrypted = "s" if name == "HTTPS_PROXY" else ""
    _, why = await connection(f"ws{encrypted}://trades.invalid")
    answer = await ask(f"http{encrypted}://quotes.invalid")
    told = "HTTP_PROXY or HTTPS_PROXY is no address of a proxy, such as http://host:3128"
    assert (why, answer.message) == (f"no connection: {told}", told)
    assert answer.outcome is Outcome.UNAVAILABLE


async def test_a_certificate_that_is_refused_is_no_matter_of_a_proxy(monkeypatch):
    async def refuse(*_, **__):
        where = SimpleNamespace(host="quotes.invalid", port=443, is_ssl=True, ssl=True)
        raise aiohttp.ClientConnectorCertificateError(where, ssl.SSLCertVerificationError("old"))

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", refuse)
    _, why = await connection("wss://trades.invalid")
    answer = await ask("https://quotes.invalid")
    assert "PROXY" not in why + answer.message
    assert answer.message.startswith("ClientConnectorCertificateError: ")
