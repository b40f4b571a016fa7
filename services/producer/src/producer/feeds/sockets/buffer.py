"""Trades between the socket, which does not wait, and the broker, which may be away."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

from producer.quote import FeedQuote

CAPACITY = 50_000
_BLOCK = 500


class QuoteBuffer:
    """Holds the newest `capacity` quotes; `dropped` counts those that had to make room.

    They go before they get a number, so that a run's sequence has no hole for them.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.dropped = 0
        self._capacity = capacity
        self._quotes: deque[FeedQuote] = deque()
        self._not_empty = asyncio.Event()

    def put(self, quotes: Sequence[FeedQuote]) -> None:
        """Take quotes, in order."""
        self._quotes.extend(quotes)
        while len(self._quotes) > self._capacity:
            self._quotes.popleft()
            self.dropped += 1
        if self._quotes:
            self._not_empty.set()

    def drop_all(self) -> None:
        """Let go of those that nobody will take any more."""
        self.dropped += len(self._quotes)
        self._quotes.clear()
        self._not_empty.clear()

    async def wait(self) -> None:
        """Wait until there are quotes."""
        await self._not_empty.wait()

    def take(self) -> list[FeedQuote]:
        """Give the oldest quotes, some hundred at most."""
        block = list(islice(self._quotes, _BLOCK))
        for _ in block:
            self._quotes.popleft()
        if not self._quotes:
            self._not_empty.clear()
        return block
