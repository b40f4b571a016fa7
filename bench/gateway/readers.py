"""Reads the gateway's stream with many readers, some of which never read, and reports the result.

Of each trade that a reader gets it counts how long before the producer had it (the ``ingest_time``
of the trade; both clocks are this machine's). Runs in the gateway's image.
"""

import argparse
import asyncio
import json
from datetime import UTC, datetime
from itertools import cycle, islice

STREAM = "GET /v1/stream?kinds=trade,open{} HTTP/1.1\r\nHost: localhost\r\n"
WEBSOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
TRADE = b'data: {"kind":"trade"'
EVERY = 10  # trades: of so many one is looked into, since this shares the processors


class Seen:
    """What all readers got."""

    def __init__(self) -> None:
        self.messages = 0
        self.trades = 0
        self.delays_s: list[float] = []


async def read(port: int, symbol: str, seen: Seen) -> None:
    """Read until it is cancelled."""
    stream, writer = await asyncio.open_connection("localhost", port, limit=2**20)
    writer.write(f"{STREAM.format(f'&symbols={symbol}')}\r\n".encode())
    while line := await stream.readline():
        if line.startswith(b"data: "):
            seen.messages += 1
            if line.startswith(TRADE):
                seen.trades += 1
                if seen.trades % EVERY == 0:
                    taken = datetime.fromisoformat(json.loads(line[6:])["ingest_time"])
                    seen.delays_s.append((datetime.now(UTC) - taken).total_seconds())


async def hang(port: int, request: str) -> None:
    """Open the stream, and never read from it."""
    stream, writer = await asyncio.open_connection("localhost", port, limit=1)
    writer.write(f"{request}\r\n".encode())
    await asyncio.Event().wait()
    del stream


def arguments() -> argparse.Namespace:
    """Read what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("symbols", help="with commas between; the readers share them out")
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--stuck", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument(
        "--stuck-on-all",
        action="store_true",
        help="those that are stuck ask for all symbols, every other one by WebSocket",
    )
    asked = parser.parse_args()
    if asked.stuck >= asked.readers:
        parser.error(f"of {asked.readers} readers {asked.stuck} are stuck: none is left to measure")
    return asked


async def main() -> None:
    """Read for some seconds, and print a line of JSON."""
    asked, seen = arguments(), Seen()
    symbols = list(islice(cycle(asked.symbols.split(",")), asked.readers))
    if asked.stuck_on_all:
        everything = STREAM.format("")
        requests = list(islice(cycle([everything, everything + WEBSOCKET]), asked.stuck))
    else:
        requests = [STREAM.format(f"&symbols={symbol}") for symbol in symbols[: asked.stuck]]
    tasks = [
        *(asyncio.create_task(hang(asked.port, request)) for request in requests),
        *(asyncio.create_task(read(asked.port, it, seen)) for it in symbols[asked.stuck :]),
    ]
    await asyncio.sleep(5)  # all are there, and what was known when they came is read
    seen.messages, seen.delays_s = 0, []
    await asyncio.sleep(asked.seconds)
    delays = sorted(seen.delays_s)
    figures = {
        "readers": asked.readers,
        "stuck": asked.stuck,
        "messages_per_second": round(seen.messages / asked.seconds),
        "median_s": round(delays[len(delays) // 2], 2),
        "p99_s": round(delays[len(delays) * 99 // 100], 2),
    }
    print(json.dumps(figures))  # noqa: T201 - its output
    for task in tasks:
        task.cancel()


asyncio.run(main())
