"""Reads on behind records that the broker's disk has damaged; aiokafka by itself stops at them.

It needs aiokafka, which the services that talk to a broker by it have.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CorruptRecordException

_MOST_AT_ONCE = 50_000
"""More records than an answer of the broker holds, of 1 MiB a partition."""

type Found = dict[TopicPartition, list[ConsumerRecord]]


class Damaged(NamedTuple):
    """Records of a partition that cannot be read, by their first and their last offset."""

    partition: int
    first: int
    last: int

    @property
    def records(self) -> int:
        """How many they are."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        where = f"partition {self.partition}: offsets {self.first} to {self.last}"
        return f"{where} ({self.records} records) are damaged on the broker's disk, and left out"


class DamageReader:
    """Reads with a consumer, and tells of what is damaged on the way; both seek by this alone.

    Which records are in a damaged batch is not known: the offsets behind its first are tried one
    after the other, until one can be read.
    """

    def __init__(self, consumer: AIOKafkaConsumer, told: Callable[[Damaged], None]) -> None:
        self._consumer = consumer
        self._told = told
        self._next: dict[TopicPartition, int] = {}
        self._first_damaged: dict[TopicPartition, int] = {}
        self._careful_rounds = 0

    def read_from(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Read these partitions, and no others, from these offsets on."""
        self._next = dict(offsets)
        self._first_damaged.clear()
        self._consumer.assign(list(offsets))
        self._seek(offsets)

    @property
    def positions(self) -> dict[TopicPartition, int]:
        """The offset of each partition up to which all is given, or told to be damaged."""
        return self._next | self._first_damaged

    async def read(self, timeout_ms: int, max_records: int) -> Found:
        """Wait a moment for records; what is raised is the consumer's."""
        if self._careful_rounds:
            return await self._read_carefully(timeout_ms)
        try:
            found: Found = await self._consumer.getmany(
                timeout_ms=timeout_ms, max_records=max_records
            )
        except CorruptRecordException:  # it has thrown away what it had read before it, too
            self._careful_rounds = _MOST_AT_ONCE
            self._seek(self._next)
            return {}
        await self._follow(self._next)
        return found

    def _seek(self, offsets: Mapping[TopicPartition, int]) -> None:
        for partition, offset in offsets.items():
            self._consumer.seek(partition, offset)

    async def _follow(self, partitions: Iterable[TopicPartition]) -> None:
        """Go on behind what was read; the ends of transactions have offsets, and are no records."""
        for partition in partitions:
            with suppress(TimeoutError):  # where retention has overtaken the reading
                async with asyncio.timeout(0):
                    self._next[partition] = await self._consumer.position(partition)

    async def _read_carefully(self, timeout_ms: int) -> Found:
        """Read a record of each partition, so that nothing is lost with one that is damaged."""
        self._careful_rounds -= 1
        answers = await asyncio.gather(
            *(self._read_one(it, timeout_ms) for it in self._next), return_exceptions=True
        )
        found: Found = {}
        for partition, answer in zip(list(self._next), answers, strict=True):
            if isinstance(answer, CorruptRecordException):
                offset = self._next[partition]
                self._first_damaged.setdefault(partition, offset)
                self._next[partition] = offset + 1
                self._careful_rounds = _MOST_AT_ONCE
                self._seek({partition: offset + 1})
            elif isinstance(answer, BaseException):
                raise answer
            else:
                await self._follow([partition])
                found |= {partition: answer} if answer else {}
                self._tell(partition, answer)
        return found

    async def _read_one(self, partition: TopicPartition, timeout_ms: int) -> list[ConsumerRecord]:
        some: Found = await self._consumer.getmany(partition, timeout_ms=timeout_ms, max_records=1)
        return some.get(partition, [])

    def _tell(self, partition: TopicPartition, answer: list[Any]) -> None:
        """Tell what was damaged before a record, or before the end of the log."""
        if partition not in self._first_damaged:
            return
        behind = answer[0].offset if answer else self._next[partition]
        if answer or behind >= (self._consumer.highwater(partition) or 0):
            first = self._first_damaged.pop(partition)
            self._told(Damaged(partition.partition, first, behind - 1))
            self._careful_rounds = _MOST_AT_ONCE if self._first_damaged else 0
