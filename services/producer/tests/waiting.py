"""Waiting for what something under test says of itself."""

import asyncio
from collections.abc import Callable


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds, for 30 s at most."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - a status tells nobody
            await asyncio.sleep(0.01)
