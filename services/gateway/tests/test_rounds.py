"""Each round brings what is so then, to whoever reads then."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from make import BEGIN, micros, trade

from contracts.clock import Clock
from gateway.following.listener import Position, Trade
from gateway.live.hub import Hub, Reader
from gateway.live.market import Market
from gateway.live.rounds import give_rounds
from gateway.live.subscription import Subscription

LIVE = Subscription(None, frozenset({"trade", "open"}))


class Over(Exception):  # noqa: N818 - no error: the rounds of a test are over
    """There have been enough rounds."""


class Rounds:
    """A market and its hub, whose rounds come when a test asks for them."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.market = Market(timedelta(minutes=1), timedelta(seconds=5), back=timedelta(minutes=1))
        self.market.start("trades", "id")
        self.market.on_start("trades", "id", {0: 0})

    def give(self, *trades: Trade, reached_s: float) -> None:
        reached_us = micros(BEGIN + timedelta(seconds=reached_s))
        self.market.on_trades(list(trades), {0: Position(1000, reached_us)})

    async def one(self) -> None:
        async def sleep(_seconds: float) -> None:
            raise Over

        with pytest.raises(Over):
            await give_rounds(
                self.hub, self.market, last_hour_is_read=lambda: True, clock=Clock(sleep=sleep)
            )

    async def taken(self, reader: Reader) -> list[tuple[str, str]]:
        async with asyncio.timeout(1):
            sent = (await self.hub.next(reader)).sent
        found: list[dict[str, Any]] = [json.loads(it.message) for it in sent]
        return sorted((it["kind"], it.get("event_id") or it["window_start"][14:19]) for it in found)


async def of_two_symbols() -> tuple[Rounds, Reader]:
    """Give rounds with a reader that has the trades and open windows of two symbols."""
    rounds = Rounds()
    rounds.give(trade(0), trade(1, symbol="AAPL"), reached_s=1)
    reader = rounds.hub.add(LIVE, None)
    await rounds.one()
    assert len(await rounds.taken(reader)) == 4
    return rounds, reader


async def test_who_comes_after_a_time_without_readers_is_given_what_is_so_then() -> None:
    rounds, first = await of_two_symbols()
    rounds.hub.remove(first)
    await rounds.one()
    rounds.give(trade(2, seconds=71), reached_s=71)
    second = rounds.hub.add(LIVE, None)
    taking = asyncio.create_task(rounds.taken(second))
    await asyncio.sleep(0)  # it takes what is there, or waits
    await rounds.one()
    # AAPL's last trade is what it was, and its window is over.
    assert await taking == [
        ("open", "00:15"), ("trade", "run-1"), ("trade", "run-2"),
    ]  # fmt: skip


async def test_who_comes_is_given_no_window_that_is_over_as_open() -> None:
    rounds, _ = await of_two_symbols()
    rounds.give(trade(2, seconds=71), reached_s=71)
    await rounds.one()
    second = rounds.hub.add(LIVE, None)
    assert await rounds.taken(second) == [
        ("open", "00:15"), ("trade", "run-1"), ("trade", "run-2"),
    ]  # fmt: skip
