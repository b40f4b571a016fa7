"""Trades as a provider sends them, over as many connections as their symbols take."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import aiohttp
import structlog

from contracts.clock import Clock
from contracts.sources import Source
from contracts.status import ProducerState
from producer.feeds.base import Block, Feed, FeedStatus
from producer.feeds.sockets.buffer import QuoteBuffer
from producer.feeds.sockets.connection import Connection, open_session
from producer.feeds.sockets.limiter import ConnectionLimiter
from producer.feeds.sockets.numbering import TradeNumbers
from producer.feeds.sockets.provider import Message, Provider, Trade
from producer.feeds.sockets.silence import Silence
from producer.feeds.sockets.subscription import Subscription
from producer.feeds.sockets.timing import Timing
from producer.market import Market
from producer.quote import FeedQuote

MOST_AHEAD = timedelta(days=1)
_CHECK_EVERY_S = 1.0
_MOST_LOGGED = 20
_LONGEST = 500
"""In characters: what a provider says goes into the status file each second."""

_log = structlog.get_logger()


class SocketFeed(Feed):
    """Gives trades for ever, in the order in which they come.

    After a minute without any its state is ``market_closed`` or, where `market` is open or there
    is none, ``silent``.
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
        buffer: QuoteBuffer | None = None,
    ) -> None:
        self.source = provider.source
        self.symbols = symbols
        self._asked_for = frozenset(symbols)
        self.status = FeedStatus()
        self._provider = provider
        self._clock = clock
        self._market = market
        self._timing = timing or Timing()
        self._buffer = buffer or QuoteBuffer()
        self._numbers = TradeNumbers()
        self._limiter = ConnectionLimiter()
        self._silence = Silence(symbols, clock.monotonic())
        self._is_connected = False
        self._needs_hours = False
        self._refusals: set[str] = set()

    async def blocks(self) -> AsyncGenerator[Block, None]:
        """Give trades in blocks; raises `FeedError` where the key is refused."""
        async with open_session() as session:
            groups = self._provider.split(self.symbols)
            subscriptions = [self._subscription(symbols, session) for symbols in groups]
            tasks = [asyncio.create_task(it.run()) for it in subscriptions]
            tasks.append(asyncio.create_task(self._keep_checking()))
            try:
                while True:
                    await self._wait(tasks)
                    if block := self._buffer.take():
                        yield block
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._buffer.drop_all()
                self.status.dropped_quotes = self._buffer.dropped

    def _subscription(
        self, symbols: tuple[str, ...], session: aiohttp.ClientSession
    ) -> Subscription:
        def connect() -> Connection:
            return Connection(
                self._provider,
                symbols,
                session,
                receive=self.receive,
                now=self._clock.now,
                timing=self._timing,
            )

        return Subscription(
            connect,
            lost=self.connection_lost,
            limiter=self._limiter,
            timing=self._timing,
            overlaps=self._provider.overlaps,
        )

    async def _wait(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for trades; raises what ends a subscription for good."""
        waiting = asyncio.create_task(self._buffer.wait())
        try:
            await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        for task in tasks:
            if task.done():
                task.result()

    def receive(self, message: Message) -> None:
        """Take a message; the first that comes shows that the connection stands."""
        if not self._is_connected:
            self._is_connected, self.status.last_error = True, None
            if self.status.state == "connecting":
                self.status.state = "live"
        for why in message.refused:
            self._refuse(why)
        if message.off_market:
            self.status.count("off_market", message.off_market)
        now = self._clock.now()
        quotes = [quote for trade in message.trades if (quote := self._quote(trade, now))]
        self.status.gaps = self._numbers.gaps
        if quotes:
            self._buffer.put(quotes)
            self._silence.traded((it.symbol for it in quotes), self._clock.monotonic())
            self.status.state, self.status.last_error = "live", None
            self.status.count("trades", len(quotes))
            self.status.dropped_quotes = self._buffer.dropped

    def _quote(self, trade: Trade, now: datetime) -> FeedQuote | None:
        ahead = trade.time - now
        if trade.symbol not in self._asked_for:
            self._refuse(f"a trade of {trade.symbol[:40]!r}, which was not asked for")
        elif ahead > MOST_AHEAD:  # it would take event time with it
            self._refuse(f"a trade of {trade.symbol} that is {ahead} ahead of this machine's clock")
        elif not self._numbers.is_new(trade.symbol, trade.number, trade.time):
            self.status.count("repeats")
        elif not trade.price:
            self.status.count("empty")
        else:
            return FeedQuote(
                symbol=trade.symbol,
                price=trade.price,
                volume=trade.volume,
                event_time=trade.time,
                ingest_time=now,
                source=self.source,
            )
        return None

    def connection_lost(self, why: str) -> None:
        """Note that a connection ended."""
        self.status.reconnects += 1
        self._is_connected, self.status.last_error = False, why
        if self.status.state != "market_closed":  # while it is, nothing is missed
            self.status.state = "connecting"
        _log.warning("connecting again", why=why)

    def check_silence(self) -> None:
        """Find what is silent; called about once a second."""
        now_s = self._clock.monotonic()
        if self.status.state != "connecting" and self._silence.is_quiet(now_s):
            quiet: ProducerState = "silent" if self._is_connected else "connecting"
            self.status.state = quiet if self._is_open() else "market_closed"
        # Outside the hours some symbols are traded, too: that others are not tells nothing. The
        # hours take 100 MB: they are asked for from when some symbol has had no trade for a minute.
        self._needs_hours = self._needs_hours or self._silence.is_any_quiet(now_s)
        self.status.off_hours = self._needs_hours and not self._is_open()
        if self.status.off_hours or self.status.state in {"connecting", "market_closed"}:
            self._silence.nothing_expected(now_s)
        self._silence.check(now_s)
        self.status.silent = self._silence.symbols

    def _is_open(self) -> bool:
        return self._market is None or self._market.is_open(self._clock.now())

    async def _keep_checking(self) -> None:
        while True:
            await self._clock.sleep(_CHECK_EVERY_S)
            self.check_silence()

    def _refuse(self, why: str) -> None:
        self.status.count("refused")
        why = why[:_LONGEST]
        if why not in self._refusals and len(self._refusals) < _MOST_LOGGED:
            self._refusals.add(why)
            _log.warning("what the provider sends is refused", why=why)
        self.status.last_error = why
