import asyncio
from types import SimpleNamespace

from aiokafka import TopicPartition

from debug_consumer.broker import TopicReader


class Consumer:
    """Reads as aiokafka's does; `topic` has the values of each partition."""

    def __init__(self, topic):
        self.topic = topic
        self.at = {}

    def assign(self, partitions):
        self.at = dict.fromkeys(partitions)

    def seek(self, partition, offset):
        self.at[partition] = offset

    async def position(self, partition):
        return self.at[partition]

    def partitions_for_topic(self, topic):
        assert topic == "raw"
        return set(self.topic)

    async def getmany(self, timeout_ms, max_records):
        assert timeout_ms
        found = {}
        for it, at in self.at.items():
            values = self.topic[it.partition][at:][:max_records]
            self.at[it] += len(values)
            same = {"partition": it.partition, "timestamp": 0, "key": None}
            found[it] = [
                SimpleNamespace(**same, offset=n, value=value) for n, value in enumerate(values, at)
            ]
        return found

    async def end_offsets(self, partitions):
        return {it: len(self.topic[it.partition]) for it in partitions}


async def values_of(reader):
    return [(it.partition, it.offset, it.value) for it in await reader.read()]


def test_a_partition_that_is_added_is_read_from_its_beginning_and_the_others_go_on() -> None:
    async def scene():
        consumer = Consumer({0: [b"a", b"b"]})
        reader = TopicReader(consumer, "raw", {TopicPartition("raw", 0): 1})
        assert await values_of(reader) == [(0, 1, b"b")]
        consumer.topic = {0: [b"a", b"b", b"c"], 1: [b"d", b"e"]}
        assert await values_of(reader) == [(0, 2, b"c"), (1, 0, b"d"), (1, 1, b"e")]
        assert await values_of(reader) == []
        assert reader.starts == {0: 1, 1: 0}
        assert await reader.ends() == {0: 3, 1: 2}

    asyncio.run(scene())


def test_while_the_client_does_not_know_the_topic_it_reads_on() -> None:
    async def scene():
        consumer = Consumer({0: [b"a"]})
        consumer.partitions_for_topic = lambda _: None
        reader = TopicReader(consumer, "raw", {TopicPartition("raw", 0): 0})
        assert await values_of(reader) == [(0, 0, b"a")]

    asyncio.run(scene())
