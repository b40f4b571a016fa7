"""Time, handed in so that tests need not wait, and how long to wait between attempts."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock (aware, UTC), a monotonic one in seconds, and how to wait for seconds."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


def growing_waits(first_s: float, longest_s: float, factor: float = 2) -> Iterator[float]:
    """Yield waits, in seconds, for failures in a row: exponential backoff with jitter.

    Each is 50 to 100 % of the current wait, which grows by `factor` up to `longest_s`. The jitter
    keeps those that failed together from coming again together.
    """
    wait_s = first_s
    while True:
        yield wait_s * random.uniform(0.5, 1)  # noqa: S311 - no secret
        wait_s = min(factor * wait_s, longest_s)
