"""The synthetic feed: needs no account and no network."""

import random
from collections.abc import AsyncIterator

from contracts.event import Source
from producer.clock import Clock
from producer.feeds.base import Feed, FeedStatus
from producer.feeds.walk import Walk
from producer.quote import FeedQuote

DEFAULT_SYMBOLS = ("IBM", "AAPL", "MSFT", "TSLA", "AMZN")

_MOST_BEHIND_S = 1.0
_BURST = 500


class SyntheticFeed(Feed):
    """Gives `rate` quotes a second over all symbols (0: as fast as they are taken)."""

    source: Source = "synthetic"

    def __init__(
        self, symbols: tuple[str, ...], rate: float, seed: int | None, clock: Clock
    ) -> None:
        self.symbols = symbols
        self.status = FeedStatus()
        self._rate = rate
        self._clock = clock
        self._rng = random.Random(seed)  # noqa: S311 - prices, not secrets
        self._walk = Walk(symbols, self._rng)

    async def quotes(self) -> AsyncIterator[FeedQuote]:
        """Give quotes for ever, evenly spaced."""
        self.status.state = "live"
        async for _ in paced(self._rate, self._clock):
            yield self.quote(self._rng.choice(self.symbols))

    def quote(self, symbol: str) -> FeedQuote:
        """Make the next quote of a symbol, of now."""
        now = self._clock.now()
        return FeedQuote(
            symbol=symbol,
            price=self._walk.step(symbol),
            volume=self._walk.volume(),
            event_time=now,
            ingest_time=now,
            source="synthetic",
        )


async def paced(rate: float, clock: Clock) -> AsyncIterator[None]:
    """Come round `rate` times a second by deadlines, so that no drift builds up.

    After a stall it goes on from now: what was not sent then is not made up for.
    """
    due_s, count = clock.monotonic(), 0
    while True:
        yield
        count += 1
        if rate:
            due_s += 1 / rate
            now_s = clock.monotonic()
            if now_s - due_s > _MOST_BEHIND_S:
                due_s = now_s
            if due_s > now_s:
                await clock.sleep(due_s - now_s)
                continue
        if count % _BURST == 0:  # let others run
            await clock.sleep(0)
