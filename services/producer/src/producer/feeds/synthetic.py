"""The synthetic feed: needs no account and no network."""

import random
from collections.abc import AsyncGenerator, AsyncIterator
from itertools import islice

from contracts.clock import Clock
from contracts.sources import Source
from producer.feeds.base import Block, Feed, FeedStatus
from producer.feeds.walk import Walk
from producer.quote import FeedQuote

DEFAULT_SYMBOLS = ("IBM", "AAPL", "MSFT", "TSLA", "AMZN")

_MOST_BEHIND_S = 1.0
_BURST = 500
_LEAST_PAUSE_S = 0.002
_FULL_SPEED = 100_000
"""Trades a second of market time, where they come as fast as they are taken."""


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
        rng = random.Random(seed)  # noqa: S311 - prices, not secrets
        self._trades = Walk(symbols, rng, rate or _FULL_SPEED).trades()

    async def blocks(self) -> AsyncGenerator[Block, None]:
        """Give quotes for ever, evenly spaced."""
        self.status.state = "live"
        async for count in paced(self._rate, self._clock):
            yield self.block(count)

    def block(self, count: int) -> Block:
        """Make the next quotes, of now."""
        now = self._clock.now()
        return [
            FeedQuote(
                symbol=symbol,
                price=price,
                volume=volume,
                event_time=now,
                ingest_time=now,
                source="synthetic",
            )
            for symbol, price, volume in islice(self._trades, count)
        ]


async def paced(rate: float, clock: Clock) -> AsyncIterator[int]:
    """Give how many are due, again and again: `rate` a second (0: as many as are taken).

    It goes by deadlines, so that no drift builds up. After a stall it goes on from now: what was
    not sent then is not made up for.
    """
    due_s = clock.monotonic()
    while True:
        if not rate:
            yield _BURST
            await clock.sleep(0)  # let others run
            continue
        now_s = clock.monotonic()
        if now_s - due_s > _MOST_BEHIND_S:
            due_s = now_s
        count = min(_BURST, 1 + int((now_s - due_s) * rate))
        yield count
        due_s += count / rate
        left_s = due_s - clock.monotonic()
        await clock.sleep(max(left_s, _LEAST_PAUSE_S) if left_s > 0 else 0)
