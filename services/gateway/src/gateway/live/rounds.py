"""Brings what is new from the market to the readers, four times a second."""

import asyncio
from collections.abc import Callable

from contracts.clock import Clock
from gateway.live.hub import Hub
from gateway.live.market import Market

ROUND_S = 0.25
"""At most so often a symbol's trade and open windows are sent."""


async def give_rounds(
    hub: Hub, market: Market, *, last_hour_is_read: Callable[[], bool], clock: Clock
) -> None:
    """Give rounds for ever; final windows once those of the last hour are read."""
    while True:
        if not hub.is_begun and last_hour_is_read():
            hub.begin()
        # Without readers too: what was for the last one goes, the next is given what is so then.
        for changes in market.take_changes(hub.wanted()):
            hub.put(changes)
            await asyncio.sleep(0)
        hub.end_round()
        await clock.sleep(ROUND_S)
