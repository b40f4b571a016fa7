"""Keeps what a gateway remembers busy, in this process alone, and tells what it takes.

Takes the number of symbols; prints MiB as JSON: once what is bounded is full, and a while later.
"""

import asyncio
import gc
import json
import resource
import sys
import tempfile
from datetime import timedelta
from math import ceil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apprise  # noqa: F401 - of what a gateway loads, too
from make import BEGIN, micros, record, row, window, write

from contracts import window as windows
from contracts.reader.folder import Folder
from contracts.stream import USUAL_KINDS
from gateway import app  # noqa: F401 - all that a gateway loads
from gateway.following.sinks import TradeSink, WindowSink
from gateway.history.pages import History
from gateway.history.query import Query
from gateway.live.final import FinalWindows
from gateway.live.hub import MOST_AT_ONCE, Hub
from gateway.live.market import Market
from gateway.live.recent import MOST_BYTES
from gateway.live.subscription import Subscription

SLIDE_S, SLIDES_OF_AN_HOUR = 5, 720
AT_ONCE = 500


class Busy:
    """The parts that remember something; what comes are slides, a record of each symbol in each."""

    def __init__(self, symbols: int, folder: Path) -> None:
        self.symbols = [f"S{number:05}" for number in range(symbols)]
        self.hub = Hub()
        self.hub.begin()
        self.market = Market(timedelta(minutes=1), timedelta(seconds=SLIDE_S), timedelta(minutes=2))
        self.market.on_start("trades", "id", {0: 0})
        self.trades = TradeSink([self.market], timedelta(minutes=1))
        self.windows = WindowSink([FinalWindows(self.hub)])
        write(folder, "a.parquet", *(row(BEGIN, it) for it in self.symbols))
        self.history = History(Folder(folder))
        self.slide = self.offset = 0

    async def go_on(self, slides: int) -> None:
        """Take in windows and trades, which one reads, while another asks for pages."""
        reader = self.hub.add(Subscription(None, frozenset(USUAL_KINDS)), None)
        for _ in range(slides):
            self.windows_come()
            self._take(self.trades, record(seconds=SLIDE_S * self.slide).value)
            for changes in self.market.take_changes(self.hub.wanted()):
                self.hub.put(changes)
            self.hub.end_round()
            for _ in range(
                ceil(2 * len(self.symbols) / MOST_AT_ONCE)
            ):  # a trade and an open window
                await self.hub.next(reader)
            self.history.read(Query(1000))
        self.hub.remove(reader)

    def windows_come(self) -> None:
        """Take in the windows of a slide."""
        self.slide += 1
        made = window(seconds=SLIDE_S * self.slide - 60)
        self._take(self.windows, windows.encode(made.window))

    def _take(self, sink: TradeSink | WindowSink, ibm: bytes) -> None:
        at_ms = micros(BEGIN) // 1000 + 1000 * SLIDE_S * self.slide
        for begin in range(0, len(self.symbols), AT_ONCE):
            records: list[Any] = []
            for symbol in self.symbols[begin : begin + AT_ONCE]:
                self.offset += 1
                value = ibm.replace(b"IBM", symbol.encode())
                taken = {"offset": self.offset, "timestamp": at_ms, "value": value}
                records.append(SimpleNamespace(partition=0, **taken))
            sink.take({0: records})

    @property
    def slides_kept(self) -> int:
        """How many slides of windows are kept: what an hour has, or there is room for."""
        sizes = [
            len(it.place.read()) for it in self.hub.recent.since(self.hub.recent.first, USUAL_KINDS)
        ]
        return min(SLIDES_OF_AN_HOUR, MOST_BYTES // sum(sizes))


def taken_mib() -> float:
    """Tell what this process takes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


async def main() -> None:
    """Keep it busy."""
    symbols = int(sys.argv[1])
    some = max(10, 1000 // symbols)
    with tempfile.TemporaryDirectory() as folder:
        busy = Busy(symbols, Path(folder))
        busy.windows_come()
        for _ in range(busy.slides_kept):
            busy.windows_come()
        await busy.go_on(some)
        before = taken_mib()
        await busy.go_on(some)
        print(json.dumps([before, taken_mib()]))  # noqa: T201 - its output


asyncio.run(main())
