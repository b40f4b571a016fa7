"""A provider of trades for the tests: numbered trades by WebSocket, as Binance sends them.

It runs in the producer's image, which has aiohttp, on the stack's own network
(`compose.trades.yaml`). Every connection hears the same trades from when it came; all of a symbol
cost its number in cents more than 100. The clock of the trades is this machine's.
"""

import asyncio
import json
import time

from aiohttp import web

PORT = 8080
EVERY_S = 0.05


def trade(symbol: str, number: int) -> str:
    """Make one trade, wrapped with its stream."""
    now_ms = time.time_ns() // 1_000_000
    data = {
        "e": "trade",
        "E": now_ms,
        "s": symbol,
        "t": number,
        "p": f"{100 + number % 1000 / 100:.8f}",
        "q": "0.50000000",
        "T": now_ms,
        "m": True,
        "M": True,
    }
    return json.dumps({"stream": f"{symbol.lower()}@trade", "data": data})


async def stream(request: web.Request) -> web.WebSocketResponse:
    """Send trades of all streams that were asked for, until the connection ends."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    names = [it.partition("@")[0].upper() for it in request.query["streams"].split("/")]
    print(f"connected for {','.join(names)}", flush=True)  # noqa: T201 - read by the test
    while not socket.closed:
        number = time.time_ns() // 50_000_000
        for name in names:
            await socket.send_str(trade(name, number))
        await asyncio.sleep(EVERY_S - time.time() % EVERY_S)
    return socket


if __name__ == "__main__":
    app = web.Application()
    app.router.add_get("/stream", stream)
    web.run_app(app, port=PORT, print=None)
