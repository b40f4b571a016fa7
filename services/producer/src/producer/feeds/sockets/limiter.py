"""How many connections may begin: Binance takes 300 in five minutes from one address."""

import asyncio
from collections import deque
from math import inf

MOST = 240
"""Fewer than are allowed: a process that was started anew knows nothing of those before."""

WINDOW_S = 300.0


class ConnectionLimiter:
    """Lets `most` connections begin in any `window_s`, whoever asks; one for all of a process."""

    def __init__(self, most: int = MOST, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._begun_s: deque[float] = deque(maxlen=most)
        self._held_until_s = -inf

    def hold(self, seconds: float) -> None:
        """Let none begin for so long: the provider asks for it."""
        until_s = asyncio.get_running_loop().time() + seconds
        self._held_until_s = max(self._held_until_s, until_s)

    async def wait(self) -> None:
        """Wait until the next connection may begin, which then counts."""
        loop = asyncio.get_running_loop()
        while (left_s := self._due_s() - loop.time()) > 0:  # noqa: ASYNC110 - it is the time
            await asyncio.sleep(left_s)
        self._begun_s.append(loop.time())

    def _due_s(self) -> float:
        is_full = len(self._begun_s) == self._begun_s.maxlen
        next_s = self._begun_s[0] + self._window_s if is_full else -inf
        return max(next_s, self._held_until_s)
