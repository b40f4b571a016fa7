"""The Alpha Vantage feed: real quotes as they are received, and a walk between them."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator

from contracts.clock import Clock
from contracts.sources import Source
from producer.feeds.alpha_vantage.answers import Answer
from producer.feeds.alpha_vantage.asking import Asking
from producer.feeds.alpha_vantage.client import Client, open_session
from producer.feeds.alpha_vantage.last_prices import LastPrices
from producer.feeds.alpha_vantage.ledger import Ledger
from producer.feeds.base import Block, Feed, FeedStatus
from producer.feeds.walk import Walk
from producer.quote import FeedQuote

_LONGEST_PAUSE_S = 60.0


class AlphaVantageFeed(Feed):
    """Real quotes, and between them, where there is a `walk`, prices that go on from the last."""

    source: Source = "alpha-vantage"

    def __init__(
        self,
        symbols: tuple[str, ...],
        *,
        base_url: str,
        key: str,
        ledger: Ledger,
        last_prices: LastPrices,
        daily_calls: int,
        walk: Walk | None,
        walk_rate: float,
        rng: random.Random,
        clock: Clock,
    ) -> None:
        self.symbols = symbols
        self.status = FeedStatus()
        self._base_url = base_url
        self._key = key
        self._last_prices = last_prices
        self._walk = walk
        self._walk_rate = walk_rate
        self._rng = rng
        self._clock = clock
        self._anchored: set[str] = set()
        self._received: asyncio.Queue[tuple[str, Answer]] = asyncio.Queue()
        self._asking = Asking(
            symbols,
            ledger=ledger,
            daily_calls=daily_calls,
            status=self.status,
            falls_back=walk is not None,
            received=lambda symbol, answer: self._received.put_nowait((symbol, answer)),
            clock=clock,
        )

    async def blocks(self) -> AsyncGenerator[Block, None]:
        """Give quotes for ever; raises `FeedError` where the key or all symbols are refused."""
        for symbol, price in self._last_prices.read().items():
            if self._walk and symbol in self.symbols:
                self._walk.anchor(symbol, price)
        async with open_session() as session:
            client = Client(session, self._base_url, self._key, self._clock.now)
            asking = asyncio.create_task(self._asking.run(client))
            try:
                async for quote in self._merged(asking):
                    yield (quote,)
            finally:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)

    async def _merged(self, asking: asyncio.Task[None]) -> AsyncIterator[FeedQuote]:
        pause_s = 1 / self._walk_rate if self._walk else _LONGEST_PAUSE_S
        while True:
            getting = asyncio.ensure_future(self._received.get())
            await asyncio.wait({getting, asking}, timeout=pause_s, return_when="FIRST_COMPLETED")
            if getting.done():
                yield self._real(*getting.result())
                continue
            getting.cancel()
            if asking.done():
                asking.result()
            if quote := self._walked():
                yield quote

    def _real(self, symbol: str, answer: Answer) -> FeedQuote:
        # Its time is taken here, where it takes its place among the prices that walk on.
        now = self._clock.now()
        self._anchored.add(symbol)
        self._last_prices.keep(symbol, answer.price)
        if self._walk:
            self._walk.anchor(symbol, answer.price)
        return FeedQuote(
            symbol=symbol,
            price=answer.price,
            volume=answer.volume,
            event_time=now,
            ingest_time=now,
            source="alpha-vantage",
            as_of=answer.as_of,
        )

    def _walked(self) -> FeedQuote | None:
        # A price made up would be taken back by the first real one: before that, none is shown
        # unless no real one is to be had.
        waiting = self.status.state == "falling_back"
        known = [s for s in self._asking.symbols if waiting or s in self._anchored]
        if self._walk is None or not known:
            return None
        symbol, now = self._rng.choice(known), self._clock.now()
        return FeedQuote(
            symbol=symbol,
            price=self._walk.step(symbol),
            volume=None,
            event_time=now,
            ingest_time=now,
            source="synthetic",
        )
