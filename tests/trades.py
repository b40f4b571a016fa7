"""A provider of trades for the tests, by WebSocket: Binance's numbered ones, Finnhub's under a key.

It runs in the producer's image, which has aiohttp, on the stack's own network
(`compose.trades.yaml`). Every connection hears the same trades from when it came, `PER_SECOND` of
each symbol. A trade's number is in its price: 100, and the number's last eight digits in
millionths. The clock of the trades is this machine's.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterable

import msgspec
from aiohttp import web

PORT = 8080
KEY = os.environ["KEY"]
PER_SECOND = int(os.environ["PER_SECOND"])
_TICK_S = 0.05

type Numbers = range


def _price(number: int) -> float:
    return 100 + number % 100_000_000 / 1_000_000


def binance(symbols: Iterable[str], numbers: Numbers) -> list[str]:
    """Give trades, each wrapped with its stream."""
    now_ms = time.time_ns() // 1_000_000
    return [
        msgspec.json.encode(
            {
                "stream": f"{symbol.lower()}@trade",
                "data": {
                    "e": "trade",
                    "E": now_ms,
                    "s": symbol,
                    "t": number,
                    "p": f"{_price(number):.8f}",
                    "q": "0.50000000",
                    "T": now_ms,
                    "m": True,
                    "M": True,
                },
            }
        ).decode()
        for number in numbers
        for symbol in symbols
    ]


def finnhub(symbols: Iterable[str], numbers: Numbers) -> list[str]:
    """Give trades, all in one message."""
    now_ms = time.time_ns() // 1_000_000
    data = [
        {"s": symbol, "p": _price(number), "t": now_ms, "v": 10, "c": ["1"]}
        for number in numbers
        for symbol in symbols
    ]
    return [json.dumps({"type": "trade", "data": data})]


async def _send(
    socket: web.WebSocketResponse,
    symbols: list[str],
    messages: Callable[[Iterable[str], Numbers], list[str]],
) -> None:
    print(f"connected for {','.join(symbols)}", flush=True)  # noqa: T201 - read by the test
    sent = _newest()
    while not socket.closed:
        await asyncio.sleep(_TICK_S - time.time() % _TICK_S)
        newest = _newest()
        for message in messages(symbols, range(sent + 1, newest + 1)):
            await socket.send_str(message)
        sent = newest


def _newest() -> int:
    return time.time_ns() * PER_SECOND // 1_000_000_000


async def answer_binance(request: web.Request) -> web.WebSocketResponse:
    """Send trades of all streams that were asked for, until the connection ends."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    streams = request.query["streams"].split("/")
    await _send(socket, [it.partition("@")[0].upper() for it in streams], binance)
    return socket


async def answer_finnhub(request: web.Request) -> web.StreamResponse:
    """Send trades of all symbols, under the key, once nobody subscribed for two seconds."""
    print(f"asked with {len(request.query['token'])} letters", flush=True)  # noqa: T201
    if request.query["token"] != KEY:
        return web.Response(status=401)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    symbols = []
    try:
        while True:
            symbols.append((await socket.receive_json(timeout=2))["symbol"])
    except TimeoutError:
        await _send(socket, symbols, finnhub)
    return socket


if __name__ == "__main__":
    app = web.Application()
    app.router.add_get("/stream", answer_binance)
    app.router.add_get("/finnhub", answer_finnhub)
    web.run_app(app, port=PORT, print=None, shutdown_timeout=0.5)
