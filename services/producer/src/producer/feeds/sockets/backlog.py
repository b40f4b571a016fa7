"""Trades between the socket, which does not wait, and the broker, which may be away."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

from producer.quote import FeedQuote

MOST = 50_000
_BLOCK = 500


class Backlog:
    """Holds the newest `most` quotes; `dropped` counts those that had to make room.

    They go before they get a number, so that a run's sequence has no hole for them.
    """

    def __init__(self, most: int = MOST) -> None:
        self.dropped = 0
        self._most = most
        self._quotes: deque[FeedQuote] = deque()
        self._some = asyncio.Event()

    def put(self, quotes: Sequence[FeedQuote]) -> None:
        """Take quotes, in order."""
        self._quotes.extend(quotes)
        while len(self._quotes) > self._most:
            self._quotes.popleft()
            self.dropped += 1
        if self._quotes:
            self._some.set()

    async def wait(self) -> None:
        """Wait until there are some."""
        await self._some.wait()

    def take(self) -> list[FeedQuote]:
        """Give the oldest, some hundred at most."""
        block = list(islice(self._quotes, _BLOCK))
        for _ in block:
            self._quotes.popleft()
        if not self._quotes:
            self._some.clear()
        return block


class Sequences:
    """Follows the numbers of each symbol's trades; `gaps` counts those that never came.

    Two connections beside each other give the same trades: each is let through once.
    """

    def __init__(self) -> None:
        self.gaps = 0
        self._last: dict[str, int] = {}

    def is_new(self, symbol: str, number: int | None) -> bool:
        """Note a trade; tells whether it has not been there before."""
        if number is None:
            return True
        last = self._last.get(symbol)
        if last is not None and number <= last:
            return False
        self.gaps += number - last - 1 if last is not None else 0
        self._last[symbol] = number
        return True
