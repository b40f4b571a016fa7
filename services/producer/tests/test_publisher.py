"""Order and resending, against a client that fails on demand; the real broker is in ``tests/``."""

import asyncio
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError, KafkaTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from waiting import until

from contracts.clock import Clock
from producer.outbox import Batch
from producer.publisher import MAX_PENDING, Publisher


class Client:
    """Acknowledges what it is sent, until it is told to fail; keeps what got into the topic.

    Keys go to partitions by their length; a batch has at most three records.
    """

    destination = "topic of cluster c"

    def __init__(self, topic, *, fails_after=None, also_keeps=0):
        self.topic = topic
        self.left = fails_after
        self.also_keeps = also_keeps

    async def partitions(self):
        return 4

    async def batches(self, records):
        partitions = {}
        for record in records:
            partitions.setdefault(len(record[0]), []).append(record)
        return [
            Batch(partition, some[at : at + 3])
            for partition, some in partitions.items()
            for at in range(0, len(some), 3)
        ]

    async def send(self, batch):
        delivery = asyncio.get_running_loop().create_future()
        values = [(key, value) for key, value, _ in batch.records]
        if self.left is None or self.left > 0:
            self.left = None if self.left is None else self.left - 1
            self.topic += values
            delivery.set_result(None)
        else:
            if self.also_keeps:
                self.also_keeps -= 1
                self.topic += values
            delivery.set_exception(KafkaTimeoutError())
        return delivery


async def _briefly(seconds):
    await asyncio.sleep(min(seconds, 0.005))


def publisher(clients, clock=None):
    @asynccontextmanager
    async def client():
        each = clients.pop(0)
        if isinstance(each, KafkaError):
            raise each
        yield each

    return Publisher(client, clock or Clock(sleep=_briefly))


@asynccontextmanager
async def running(one):
    task = asyncio.create_task(one.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def put(one, values, keys=None, acknowledged=lambda: None):
    await one.room(len(values))
    one.put(keys or [b"IBM"] * len(values), values, acknowledged)


async def publish(one, groups, keys=None):
    """Put groups of so many records, numbered over all; give the groups told and what is left."""
    acknowledged, first = [], 0
    async with running(one):
        for n, count in enumerate(groups):
            some = range(first, first := first + count)
            names = [keys[number % len(keys)] for number in some] if keys else None
            await put(one, [b"%d" % n for n in some], names, lambda n=n: acknowledged.append(n))
        left = await one.flush(5)
    return acknowledged, left


def numbers(topic, key=b"IBM"):
    return [int(value) for found, value in topic if found == key]


async def test_all_get_through_in_order_over_failures():
    topic = []
    one = publisher(
        [KafkaError("away"), Client(topic, fails_after=7), KafkaError("away"), Client(topic)]
    )
    acknowledged, left = await publish(one, [1, 20, 1, 1, 27])
    assert numbers(topic) == list(range(50))
    assert acknowledged == list(range(5))
    assert left == 0
    assert one.connected
    assert one.last_error is None


async def test_a_lost_acknowledgement_repeats_the_same_bytes_and_leaves_no_hole():
    topic = []
    acknowledged, _ = await publish(
        publisher([Client(topic, fails_after=2, also_keeps=1), Client(topic)]), [3] * 4
    )
    assert numbers(topic) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 6, 7, 8, 9, 10, 11]
    assert acknowledged == list(range(4))


async def test_what_got_into_one_partition_is_not_repeated_when_another_fails():
    topic = []
    acknowledged, _ = await publish(
        publisher([Client(topic, fails_after=1), Client(topic)]), [6], keys=[b"A", b"BB"]
    )
    assert numbers(topic, b"A") == [0, 2, 4]
    assert numbers(topic, b"BB") == [1, 3, 5]
    assert acknowledged == [0]


@given(
    failures=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), max_size=6),
    groups=st.lists(st.integers(1, 12), min_size=1, max_size=20),
    partitions=st.integers(1, 3),
)
def test_whatever_fails_each_is_told_once_in_order_and_none_is_missing(
    failures, groups, partitions
):
    async def scene():
        topic = []
        clients = [Client(topic, fails_after=n, also_keeps=kept) for n, kept in failures]
        keys = [b"A" * n for n in range(1, partitions + 1)]
        acknowledged, left = await publish(publisher([*clients, Client(topic)]), groups, keys)
        for n, key in enumerate(keys):
            firsts = list(dict.fromkeys(numbers(topic, key)))
            assert firsts == list(range(n, sum(groups), partitions))
        assert acknowledged == list(range(len(groups)))
        assert left == 0

    asyncio.run(scene())


async def test_while_the_broker_is_away_memory_is_bounded_and_it_says_why():
    one = publisher([KafkaError("away")] * 100_000)
    async with running(one):
        for _ in range(MAX_PENDING):
            await put(one, [b"x"])
        one_more = asyncio.create_task(put(one, [b"x"]))
        await until(lambda: "away" in (one.last_error or ""))
        assert not one_more.done()
        one_more.cancel()
    assert one.pending == MAX_PENDING
    assert not one.connected
    assert "away" in one.last_error


async def test_silence_is_the_time_in_which_nothing_pending_was_acknowledged(time):
    one = publisher([], time.clock())
    time.pass_by(3600)
    assert one.silent_s == 0
    await put(one, [b"x"])
    time.pass_by(7)
    await put(one, [b"y"])
    assert one.silent_s == 7


async def test_the_destination_is_known_once_a_broker_has_answered():
    one = publisher([KafkaError("away"), Client([])])
    async with running(one):
        assert await one.destination() == "topic of cluster c"


async def test_a_flush_gives_up_in_time_and_says_how_many_are_left():
    one = publisher([])
    await put(one, [b"x"])
    assert await one.flush(0.01) == 1
