"""The client without a broker; with one it is in ``tests/``."""

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, MessageSizeTooLargeError
from aiokafka.record import MemoryRecords
from aiokafka.structs import TopicPartition

from contracts.kafka import Kafka
from producer import kafka
from producer.outbox import Batch, Group

NOBODY = Kafka("127.0.0.1:9")


@pytest.fixture
async def producer():
    producer = kafka.new_producer(NOBODY)
    yield producer
    await kafka._abandon(producer)


class Partitions:
    """The library's producer, cut off where it would ask a broker; keeps what it is handed."""

    def __init__(self, producer, count, refusals=0):
        self.create_batch = producer.create_batch
        self.count = count
        self.refusals = refusals
        self.sent = []

    async def partitions_for(self, _topic):
        return set(range(self.count))

    async def send_batch(self, batch, _topic, *, partition):
        if self.refusals:
            self.refusals -= 1
            raise KafkaTimeoutError
        batch._set_producer_state(1, 0, 0)
        (records,) = [MemoryRecords(bytes(batch._build())).next_batch()]
        self.sent.append((partition, [(record.key, record.value) for record in records]))
        return asyncio.get_running_loop().create_future()


def records(count, addresses=(b"IBM", b"AAPL", 4)):
    group = Group(count, lambda: None)
    return [(addresses[n % len(addresses)], b"%d" % n, group) for n in range(count)]


async def test_no_batch_grows_too_old_to_be_sent_again(producer):
    accumulator = producer._message_accumulator
    batch = accumulator._append_batch(accumulator.create_builder(), TopicPartition("t", 0))
    batch._ctime -= 86_400
    assert not batch.expired()


async def test_where_nobody_answers_it_says_so():
    with pytest.raises(KafkaConnectionError, match="9"):
        async with kafka.connect(NOBODY, "t"):
            pass


async def test_one_partition_takes_all_in_one_batch(producer):
    client = kafka.KafkaClient(Partitions(producer, 1), "t", "d")
    some = records(9, (b"IBM", b"AAPL", 0))
    assert await client.batches(some) == [Batch(0, some)]


async def test_several_partitions_get_whole_keys_in_order_and_lose_none(producer):
    partitions = Partitions(producer, 5)
    client = kafka.KafkaClient(partitions, "t", "d")
    some = records(300)
    batches = await client.batches(some)
    for batch in batches:
        await client.send(batch)
    found = {}
    for partition, sent in partitions.sent:
        for key, value in sent:
            found.setdefault((key, partition), []).append(int(value))
    assert found == {
        (b"IBM", 0): list(range(0, 300, 3)),
        (b"AAPL", 2): list(range(1, 300, 3)),
        (None, 4): list(range(2, 300, 3)),
    }


async def test_what_shares_a_partition_keeps_its_order(producer):
    partitions = Partitions(producer, 5)
    client = kafka.KafkaClient(partitions, "t", "d")
    (batch,) = await client.batches(records(4, (b"IBM", 0)))
    await client.send(batch)
    values = [(b"IBM", b"0"), (None, b"1"), (b"IBM", b"2"), (None, b"3")]
    assert partitions.sent == [(0, values)]


async def test_a_batch_stays_in_its_partition_when_others_are_added(producer):
    partitions = Partitions(producer, 2)
    client = kafka.KafkaClient(partitions, "t", "d")
    (batch,) = await client.batches(records(2, (b"IBM", b"AAPL")))
    partitions.count = 5
    await client.send(batch)
    assert partitions.sent == [(1, [(b"IBM", b"0"), (b"AAPL", b"1")])]


async def test_a_batch_for_a_partition_that_is_gone_goes_to_the_last(producer):
    partitions = Partitions(producer, 2)
    await kafka.KafkaClient(partitions, "t", "d").send(Batch(4, records(1)))
    assert [partition for partition, _ in partitions.sent] == [1]


async def test_the_number_of_partitions_is_looked_up_every_five_seconds(producer):
    assert producer.client._metadata_max_age_ms == 5_000


async def test_a_batch_that_is_not_taken_in_time_is_offered_again(producer):
    partitions = Partitions(producer, 1, refusals=2)
    await kafka.KafkaClient(partitions, "t", "d").send(Batch(0, records(3)))
    assert [len(sent) for _, sent in partitions.sent] == [3]


async def test_the_most_records_at_their_longest_fit_one_batch(producer):
    partitions = Partitions(producer, 1)
    some = [(b"A" * 20, b"x" * 400, None)] * 2000
    await kafka.KafkaClient(partitions, "t", "d").send(Batch(0, some))
    assert len(partitions.sent[0][1]) == 2000


async def test_records_that_fit_no_batch_are_not_lost_in_silence(producer):
    client = kafka.KafkaClient(Partitions(producer, 1), "t", "d")
    with pytest.raises(MessageSizeTooLargeError, match="3 records"):
        await client.send(Batch(0, [(0, b"x" * 600_000, None)] * 3))
