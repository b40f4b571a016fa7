"""Where records wait: for their turn, to be sent by a client, for their acknowledgement.

No time passes here and nothing is awaited: what is put stays, in its order, until it is
acknowledged.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, repeat
from typing import Any, NamedTuple

from producer.partitions import Address


class Group:
    """Records that were put together: how many are left to get in, and whom to tell then."""

    __slots__ = ("acknowledged", "left")

    def __init__(self, left: int, acknowledged: Callable[[], None]) -> None:
        self.left = left
        self.acknowledged = acknowledged


type Record = tuple[Address, bytes, Group]
"""The key of a quote or the partition of a heartbeat, the value, and the group.

A plain tuple: there are many.
"""


class Batch(NamedTuple):
    """Records that get in whole, in order; their partition stays when they are sent again."""

    partition: int
    records: Sequence[Record]


type Delivery = asyncio.Future[Any]
"""Done when a batch is in the topic; fails when that will not be known."""


class Outbox:
    """Keeps records until they are acknowledged; `pending` is how many there are.

    `waiting` have not been divided into batches yet; `batches` are to be sent next; `in_flight` is
    what a client has taken.
    """

    def __init__(self) -> None:
        self.pending = 0
        self.waiting: deque[Record] = deque()
        self.batches: deque[Batch] = deque()
        self.in_flight: deque[tuple[Batch, Delivery]] = deque()
        self._groups: deque[Group] = deque()

    def put(
        self,
        addresses: Sequence[Address],
        values: Sequence[bytes],
        acknowledged: Callable[[], None],
    ) -> None:
        """Take records, and whom to tell once all of them are in: in the order of the puts."""
        group = Group(len(values), acknowledged)
        self._groups.append(group)
        self.waiting.extend(zip(addresses, values, repeat(group), strict=False))
        self.pending += len(values)

    def head(self, most: int) -> list[Record]:
        """Give the first that wait; they stay."""
        return list(islice(self.waiting, most))

    def divided(self, batches: Iterable[Batch]) -> None:
        """Note that what was at the head has become batches."""
        for batch in batches:
            self.batches.append(batch)
            for _ in batch.records:
                self.waiting.popleft()

    def sent(self, delivery: Delivery) -> None:
        """Note that a client has taken the next batch."""
        self.in_flight.append((self.batches.popleft(), delivery))

    def delivered(self) -> int:
        """Note that the batch that was sent first is in; gives how many records it had."""
        return self._in(self.in_flight.popleft()[0])

    def take_back(self) -> int:
        """Put what was sent back to the head, but what is in; gives how many records that is."""
        again: list[Batch] = []
        count = 0
        for batch, delivery in self.in_flight:
            if delivery.done() and not delivery.cancelled() and delivery.exception() is None:
                count += self._in(batch)
            else:
                again.append(batch)
        self.in_flight.clear()
        self.batches.extendleft(reversed(again))
        return count

    def _in(self, batch: Batch) -> int:
        self.pending -= len(batch.records)
        for _, _, group in batch.records:
            group.left -= 1
        while self._groups and not self._groups[0].left:
            self._groups.popleft().acknowledged()
        return len(batch.records)
