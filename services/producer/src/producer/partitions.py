"""Which partition a record goes to, and which partitions have been given no quote for a while."""

from collections.abc import Iterable
from functools import lru_cache

from aiokafka.partitioner import DefaultPartitioner

type Address = bytes | int
"""Where a record is to go: by its key, as other clients send it, or to a partition."""


class Partitions:
    """Knows when each partition was given its last quote; `count` is 0 until it is known."""

    def __init__(self) -> None:
        self.count = 0
        self._quoted_s: dict[int, float] = {}

    def given(self, addresses: Iterable[Address], now_s: float) -> None:
        """Note that records go to these addresses."""
        if self.count == 1:
            if any(isinstance(it, bytes) for it in addresses):
                self._quoted_s[0] = now_s
        elif self.count:
            for key in {it for it in addresses if isinstance(it, bytes)}:
                self._quoted_s[partition_of(key, self.count)] = now_s

    def idle(self, since_s: float) -> list[int]:
        """Give the partitions that were given no quote after a time."""
        return [it for it in range(self.count) if self._quoted_s.get(it, since_s) <= since_s]


@lru_cache(maxsize=65_536)
def partition_of(address: Address, count: int) -> int:
    """Give the partition of an address, of so many."""
    if isinstance(address, int):
        return address
    every = list(range(count))
    partition: int = DefaultPartitioner()(address, every, every)
    return partition
