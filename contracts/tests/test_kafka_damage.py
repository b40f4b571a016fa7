"""What is damaged in a topic is left out and told; all else is read, and once."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException
from hypothesis import given
from hypothesis import strategies as st
from kafka_log import TOPIC, Log, batch, serving

from contracts.kafka_damage import Damaged, DamageReader


class Consumer:
    """Answers as aiokafka's does: a batch that is damaged takes with it what was read before it.

    A partition is a list of batches, each its records and whether it is whole.
    """

    def __init__(self, partitions: list[list[tuple[int, bool]]]) -> None:
        self.logs: dict[TopicPartition, list[bool]] = {
            TopicPartition("raw", number): [whole for count, whole in log for _ in range(count)]
            for number, log in enumerate(partitions)
        }
        self.positions: dict[TopicPartition, int] = {}

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.positions = dict.fromkeys(partitions, 0)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset

    async def position(self, partition: TopicPartition) -> int:
        return self.positions[partition]

    def highwater(self, partition: TopicPartition) -> int:
        return len(self.logs[partition])

    async def getmany(self, *only: TopicPartition, timeout_ms: int, max_records: int) -> Any:
        assert timeout_ms == 7
        found = {}
        for partition in only or self.positions:
            begin = self.positions[partition]
            taken: list[SimpleNamespace] = []
            for offset in range(begin, len(self.logs[partition])):
                if len(taken) == max_records:
                    break
                self.positions[partition] = offset  # and the caller does not get what is taken
                if not self.logs[partition][offset]:
                    raise CorruptRecordException("Invalid CRC")
                taken.append(SimpleNamespace(offset=offset))
            self.positions[partition] = begin + len(taken)
            if taken:
                found[partition] = taken
        return found


def read_all(consumer: Consumer) -> tuple[dict[int, list[int]], list[Damaged]]:
    """Read to the end; gives the offsets by partition, and what was told."""
    told: list[Damaged] = []
    reader = DamageReader(consumer, told.append)
    reader.read_from(dict.fromkeys(consumer.logs, 0))
    offsets: dict[int, list[int]] = {it.partition: [] for it in consumer.logs}

    async def run() -> None:
        for _ in range(300):
            for partition, records in (await reader.read(7, 3)).items():
                offsets[partition.partition] += [it.offset for it in records]

    asyncio.run(run())
    return offsets, told


def test_a_damaged_batch_between_others_is_left_out_and_told_once() -> None:
    log = [(4, True), (5, False), (2, True)]
    offsets, told = read_all(Consumer([log, [(9, True)]]))
    assert offsets == {0: [0, 1, 2, 3, 9, 10], 1: [0, 1, 2, 3, 4, 5, 6, 7, 8]}
    assert told == [Damaged(0, 4, 8)]
    assert str(told[0]) == (
        "partition 0: offsets 4 to 8 (5 records) are damaged on the broker's disk, and left out"
    )


def test_one_at_the_end_is_told_too() -> None:
    assert read_all(Consumer([[(2, True), (3, False)]])) == ({0: [0, 1]}, [Damaged(0, 2, 4)])


LOGS = st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=6)


@given(logs=st.lists(LOGS, min_size=1, max_size=3))
def test_whatever_is_damaged_all_else_is_read_once_and_in_order(
    logs: list[list[tuple[int, bool]]],
) -> None:
    consumer = Consumer(logs)
    offsets, told = read_all(consumer)
    for partition, log in consumer.logs.items():
        lost = {
            offset
            for it in told
            if it.partition == partition.partition
            for offset in range(it.first, it.last + 1)
        }
        assert offsets[partition.partition] == [it for it, whole in enumerate(log) if whole]
        assert lost == {it for it, whole in enumerate(log) if not whole}


def test_aiokafka_s_own_consumer_reads_on_behind_what_is_damaged() -> None:
    damaged = Log([(4, True), (5, False), (2, True), (3, False), (1, False), (6, True)])
    expected = {0: [0, 1, 2, 3, 9, 10, *range(15, 21)], 1: list(range(9))}
    told: list[Damaged] = []
    offsets: dict[int, list[int]] = {0: [], 1: []}

    async def run() -> None:
        async with serving([damaged, Log([(9, True)])]) as address:
            consumer = AIOKafkaConsumer(bootstrap_servers=address, enable_auto_commit=False)
            await consumer.start()
            try:
                reader = DamageReader(consumer, told.append)
                reader.read_from({TopicPartition(TOPIC, it): 0 for it in expected})
                async with asyncio.timeout(20):
                    while offsets != expected:
                        for partition, records in (await reader.read(100, 3)).items():
                            offsets[partition.partition] += [it.offset for it in records]
                        assert all(
                            offsets[it] == expected[it][: len(offsets[it])] for it in offsets
                        )
            finally:
                await consumer.stop()

    asyncio.run(run())
    assert told == [Damaged(0, 4, 8), Damaged(0, 11, 14)]


def test_the_end_of_a_transaction_is_behind_once_it_is_read() -> None:
    log = Log([(4, True)])
    log.end_transaction()
    log.batches.append(batch(log.end, 2, whole=True))
    log.end_transaction()
    offsets: list[int] = []

    async def run() -> None:
        async with serving([log]) as address:
            consumer = AIOKafkaConsumer(bootstrap_servers=address, enable_auto_commit=False)
            await consumer.start()
            try:
                reader = DamageReader(consumer, print)
                reader.read_from({TopicPartition(TOPIC, 0): 0})
                async with asyncio.timeout(20):
                    while reader.positions != {TopicPartition(TOPIC, 0): 8}:
                        for records in (await reader.read(100, 3)).values():
                            offsets.extend(it.offset for it in records)
            finally:
                await consumer.stop()

    asyncio.run(run())
    assert offsets == [0, 1, 2, 3, 5, 6]


def test_what_else_fails_is_raised() -> None:
    consumer = Consumer([[(1, False)]])
    reader = DamageReader(consumer, print)
    reader.read_from(dict.fromkeys(consumer.logs, 0))
    assert asyncio.run(reader.read(7, 3)) == {}
    consumer.logs = {}
    with pytest.raises(KeyError):
        asyncio.run(reader.read(7, 3))
