"""Alerts reach each address in order, are tried until they are taken, and given up in the end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from make import BEGIN, micros

from contracts.alerts import Alert
from contracts.clock import Clock
from gateway.alerts.delivery.queue import MOST_WAITING, Address, Keeping, Queue
from gateway.alerts.making import notice
from gateway.alerts.moment import Queued


@dataclass
class Hurry:
    """A clock that does not wait, and takes down for how long it should have."""

    waited_s: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(now=self.now, monotonic=lambda: sum(self.waited_s), sleep=self.sleep)

    def now(self):
        return BEGIN + timedelta(seconds=sum(self.waited_s))

    async def sleep(self, seconds: float) -> None:
        self.waited_s.append(seconds)
        await asyncio.sleep(0)


@dataclass
class Kept:
    """What a queue tells."""

    delivered: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    too_many: list[int] = field(default_factory=list)

    async def take_delivered(self, _address: str, numbers: list[int]) -> None:
        self.delivered += numbers

    async def take_given_up(
        self, _address: Address, expired: list[Queued], too_many: list[Queued]
    ) -> None:
        self.expired += [it.number for it in expired]
        self.too_many += [it.number for it in too_many]


def queued(number: int, at_s: float = 0) -> Queued:
    at = BEGIN + timedelta(seconds=at_s)
    return Queued(number, micros(at), notice(f"number {number}", at, str(number)))


def queue(
    send: Callable[[Alert], Awaitable[bool]], waiting: list[Queued], kept: Kept, hurry: Hurry
) -> Queue:
    keeping = Keeping(kept.take_delivered, kept.take_given_up)
    return Queue(Address("a", "1 (JSON)", send), waiting, keeping, hurry.clock())


async def run_until(one: Queue, is_so: Callable[[], bool]) -> None:
    task = asyncio.create_task(one.run())
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - what it waits for is anything
            await asyncio.sleep(0)
    task.cancel()


async def test_alerts_are_delivered_in_their_order_and_new_ones_after() -> None:
    kept, sent = Kept(), []

    async def send(alert: Alert) -> bool:
        sent.append(alert.text)
        return True

    one = queue(send, [queued(3), queued(5)], kept, Hurry())
    one.put(queued(7))
    await run_until(one, lambda: len(kept.delivered) == 3)
    assert sent == ["number 3", "number 5", "number 7"]
    assert (kept.delivered, len(one)) == ([3, 5, 7], 0)
    assert kept.expired == kept.too_many == []


async def test_one_that_is_not_taken_is_tried_again_ever_later_and_holds_its_place() -> None:
    kept, sent, hurry = Kept(), [], Hurry()

    async def send(alert: Alert) -> bool:
        sent.append(alert.text)
        return len(sent) > 10

    one = queue(send, [queued(1), queued(2)], kept, hurry)
    await run_until(one, lambda: len(kept.delivered) == 2)
    assert sent == ["number 1"] * 11 + ["number 2"]
    bounds = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert all(most / 2 <= it <= most for it, most in zip(hurry.waited_s, bounds, strict=True))
    assert one.failing_since_us == 0


async def test_what_nobody_takes_for_a_day_is_given_up_and_told() -> None:
    kept, hurry = Kept(), Hurry()

    async def send(_: Alert) -> bool:
        return False

    one = queue(send, [queued(1), queued(2, at_s=3600)], kept, hurry)
    await run_until(one, lambda: kept.expired == [1])
    assert 86_400 < sum(hurry.waited_s) < 86_400 + 240
    assert (kept.too_many, len(one)) == ([], 1)
    assert one.failing_since_us > 0


async def test_of_too_many_the_oldest_are_given_up() -> None:
    kept = Kept()

    async def send(_: Alert) -> bool:
        return False

    one = queue(send, [queued(it) for it in range(MOST_WAITING + 2)], kept, Hurry())
    await run_until(one, lambda: bool(kept.too_many))
    assert (kept.expired, kept.too_many, len(one)) == ([], [0, 1], MOST_WAITING)
