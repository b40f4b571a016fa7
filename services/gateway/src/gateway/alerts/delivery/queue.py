"""The alerts that wait for one address: delivered in their order, tried until they are taken."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

import structlog

from contracts.alerts import Alert
from contracts.clock import Clock, growing_waits
from contracts.times import to_us
from gateway.alerts.moment import Queued

GIVEN_UP_AFTER_S = 86_400
"""An alert that an address did not take for so long is given up."""
MOST_WAITING = 10_000
"""Where more wait for an address, the oldest are given up."""

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0

_log = structlog.get_logger()


class Address(NamedTuple):
    """Where alerts go: a name for the disk, one for people, and how; neither tells the address.

    `send` gives whether the alert was taken; it does not raise.
    """

    id: str
    label: str
    send: Callable[[Alert], Awaitable[bool]]


class Keeping(NamedTuple):
    """What a queue tells: that alerts wait no longer, and which are given up.

    Those that were given up are the ones that the address did not take in time, then the ones of
    which there were too many.
    """

    delivered: Callable[[str, list[int]], Awaitable[None]]
    given_up: Callable[[Address, list[Queued], list[Queued]], Awaitable[None]]


class Queue:
    """One address and the alerts that wait for it; `failing_since_us` is 0 while it takes them."""

    def __init__(
        self, address: Address, waiting: Iterable[Queued], keeping: Keeping, clock: Clock
    ) -> None:
        self.address = address
        self.failing_since_us = 0
        self._waiting = deque(waiting)
        self._keeping = keeping
        self._clock = clock
        self._more = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, queued: Queued) -> None:
        """Add an alert at the end."""
        self._waiting.append(queued)
        self._more.set()

    async def run(self) -> None:
        """Deliver for ever."""
        waits = growing_waits(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        while True:
            await self._give_up()
            if not self._waiting:
                self._more.clear()
                await self._more.wait()
                continue
            first = self._waiting[0]
            if await self.address.send(first.alert):
                self._takes()
                waits = growing_waits(_FIRST_WAIT_S, _LONGEST_WAIT_S)
                self._waiting.popleft()
                await self._keeping.delivered(self.address.id, [first.number])
            else:
                self._fails()
                await self._clock.sleep(next(waits))

    async def _give_up(self) -> None:
        oldest_us = to_us(self._clock.now()) - GIVEN_UP_AFTER_S * 1_000_000
        expired: list[Queued] = []
        while self._waiting and self._waiting[0].queued_us < oldest_us:
            expired.append(self._waiting.popleft())
        too_many = [self._waiting.popleft() for _ in range(len(self._waiting) - MOST_WAITING)]
        if expired or too_many:
            await self._keeping.given_up(self.address, expired, too_many)

    def _takes(self) -> None:
        if self.failing_since_us:
            self.failing_since_us = 0
            _log.info("delivery works again", address=self.address.label)

    def _fails(self) -> None:
        if not self.failing_since_us:
            self.failing_since_us = to_us(self._clock.now())
            _log.warning(
                "delivery is failing: alerts are queued and retried",
                address=self.address.label,
                waiting=len(self),
            )
