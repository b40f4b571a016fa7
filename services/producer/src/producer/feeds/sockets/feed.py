"""Trades as a provider sends them, over as many connections as their symbols take."""

import asyncio
from collections.abc import AsyncIterator
from itertools import batched

import aiohttp
import structlog

from contracts.sources import Source
from producer.clock import Clock
from producer.feeds.base import Block, BlockFeed, FeedStatus
from producer.feeds.sockets.backlog import Backlog, Sequences
from producer.feeds.sockets.line import Line, Timing
from producer.feeds.sockets.provider import Message, Provider
from producer.market import Market
from producer.quote import FeedQuote

QUIET_S = 60.0
SILENT_S = 600.0
_LOOK_S = 1.0
_MOST_TOLD = 20

_log = structlog.get_logger()


class SocketFeed(BlockFeed):
    """Gives trades for ever, in the order in which they come.

    After a minute without any its state is ``market_closed`` or, where `market` is open or there
    is none, ``silent``. A symbol that has been silent for ten minutes is told: providers say
    nothing of one that they do not know.
    """

    source: Source

    def __init__(
        self,
        provider: Provider,
        symbols: tuple[str, ...],
        clock: Clock,
        *,
        market: Market | None = None,
        timing: Timing | None = None,
        backlog: Backlog | None = None,
    ) -> None:
        self.source = provider.source
        self.symbols = symbols
        self.status = FeedStatus()
        self._provider = provider
        self._clock = clock
        self._market = market
        self._timing = timing or Timing()
        self._backlog = backlog or Backlog()
        self._sequences = Sequences()
        self._began_s = self._traded_s = clock.monotonic()
        self._last_s = dict.fromkeys(symbols, self._began_s)
        self._silent: set[str] = set()
        self._refusals: set[str] = set()

    async def blocks(self) -> AsyncIterator[Block]:
        """Give trades in blocks; raises `FeedError` where the key is refused."""
        async with aiohttp.ClientSession() as session:
            tasks = [asyncio.create_task(line.run()) for line in self._lines(session)]
            tasks.append(asyncio.create_task(self._keep_looking()))
            try:
                while True:
                    await self._some(tasks)
                    if block := self._backlog.take():
                        yield block
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _lines(self, session: aiohttp.ClientSession) -> list[Line]:
        return [
            Line(
                self._provider,
                symbols,
                session,
                heard=self.heard,
                lost=self.lost,
                timing=self._timing,
            )
            for symbols in batched(self.symbols, self._provider.per_connection)
        ]

    async def _some(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for trades; raises what ends a connection for good."""
        waiting = asyncio.create_task(self._backlog.wait())
        try:
            await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        for task in tasks:
            if task.done():
                task.result()

    def heard(self, message: Message) -> None:
        """Take a message; the first that comes shows that the connection stands."""
        if self.status.state == "connecting":
            self.status.state, self.status.last_error = "live", None
        if message.refused:
            self._refused(message.refused)
        if not message.trades:
            return
        now, now_s = self._clock.now(), self._clock.monotonic()
        quotes = []
        for trade in message.trades:
            if trade.symbol not in self._last_s:
                self._refused(f"a trade of {trade.symbol}, which was not asked for")
            elif not self._sequences.is_new(trade.symbol, trade.number):
                self.status.count("repeats")
            else:
                self._last_s[trade.symbol] = self._traded_s = now_s
                quotes.append(
                    FeedQuote(
                        symbol=trade.symbol,
                        price=trade.price,
                        volume=trade.volume,
                        event_time=trade.time,
                        ingest_time=now,
                        source=self.source,
                    )
                )
        self._backlog.put(quotes)
        self.status.state, self.status.last_error = "live", None
        self.status.count("trades", len(quotes))
        self.status.gaps = self._sequences.gaps
        self.status.dropped_quotes = self._backlog.dropped

    def lost(self, why: str) -> None:
        """Note that a connection ended."""
        self.status.reconnects += 1
        self.status.state, self.status.last_error = "connecting", why
        _log.warning("connecting again", why=why)

    def look(self) -> None:
        """Tell what is silent; called about once a second."""
        now_s = self._clock.monotonic()
        if self.status.state != "connecting" and now_s - self._traded_s > QUIET_S:
            is_open = self._market is None or self._market.is_open(self._clock.now())
            self.status.state = "silent" if is_open else "market_closed"
        if self.status.state in {"connecting", "market_closed"}:  # nothing is to be expected
            self._last_s = dict.fromkeys(self.symbols, now_s)
        silent = {name for name, at_s in self._last_s.items() if now_s - at_s > SILENT_S}
        for symbol in sorted(silent - self._silent):
            _log.warning("no trade for ten minutes: does the provider know it?", symbol=symbol)
        self._silent = silent
        self.status.silent = tuple(sorted(silent))

    async def _keep_looking(self) -> None:
        while True:
            await self._clock.sleep(_LOOK_S)
            self.look()

    def _refused(self, why: str) -> None:
        self.status.count("refused")
        if why not in self._refusals and len(self._refusals) < _MOST_TOLD:
            self._refusals.add(why)
            _log.warning("a message is of no use", why=why)
        self.status.last_error = why
