"""Each round brings what is so then, to whoever reads then."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from make import BEGIN, micros, trade

from contracts.clock import Clock
from gateway.following.listener import ReadTo, Trade
from gateway.live.hub import Hub, Reader
from gateway.live.market import MOST_AT_ONCE, Market
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
        self.market.on_trades(list(trades), {0: ReadTo(1000, reached_us)})

    async def one(self) -> None:
        async def sleep(_seconds: float) -> None:
            raise Over

        with pytest.raises(Over):
            await give_rounds(
                self.hub, self.market, last_hour_is_read=lambda: True, clock=Clock(sleep=sleep)
            )

    async def taken(self, reader: Reader) -> list[tuple[str, str]]:
        async with asyncio.timeout(30):
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


async def test_a_round_of_many_symbols_lets_all_else_go_on() -> None:
    rounds = Rounds()
    reader = rounds.hub.add(LIVE, None)
    numbers = range(4 * MOST_AT_ONCE)
    rounds.give(*(trade(it, symbol=f"S{it:04}") for it in numbers), reached_s=1)
    come: list[int] = []

    async def trades_come() -> None:
        for number in numbers:
            come.append(number)
            rounds.give(trade(9000 + number, symbol="S0000"), reached_s=1)
            await asyncio.sleep(0)

    coming = asyncio.create_task(trades_come())
    await rounds.one()
    assert len(come) >= len(numbers) / MOST_AT_ONCE
    coming.cancel()
    await rounds.one()  # what has come since the symbol's turn
    given = []
    while (last := f"run-{9000 + come[-1]}") not in [event_id for _, event_id in given]:
        given += await rounds.taken(reader)
    assert ("trade", "run-999") in given
    assert ("trade", last) in given
