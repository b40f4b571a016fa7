"""Order and resending, against a client that fails on demand; the real broker is in ``tests/``."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
import stamina
from aiokafka.errors import KafkaError, KafkaTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from producer.clock import Clock
from producer.publisher import MAX_PENDING, Publisher, Record


class Client:
    """Acknowledges what it is sent, until it is told to fail; keeps what got into the topic."""

    destination = "topic of cluster c"

    def __init__(self, topic, *, fails_after=None, also_keeps=0):
        self.topic = topic
        self.left = fails_after
        self.also_keeps = also_keeps

    async def send(self, _key, value):
        delivery = asyncio.get_running_loop().create_future()
        if self.left is None or self.left > 0:
            self.left = None if self.left is None else self.left - 1
            self.topic.append(value)
            delivery.set_result(None)
        else:
            if self.also_keeps:
                self.also_keeps -= 1
                self.topic.append(value)
            delivery.set_exception(KafkaTimeoutError())
        return delivery


@pytest.fixture(autouse=True, scope="module")
def _no_waiting():
    with stamina.set_testing(testing=True, attempts=1_000_000):
        yield


def publisher(clients, clock=None):
    @asynccontextmanager
    async def client():
        each = clients.pop(0)
        if isinstance(each, KafkaError):
            raise each
        yield each

    return Publisher(client, clock or Clock())


@asynccontextmanager
async def running(one):
    task = asyncio.create_task(one.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def put(one, value, acknowledged=lambda: None):
    await one.room()
    one.put(Record(b"IBM", value, acknowledged))


async def publish(one, count):
    acknowledged = []
    async with running(one):
        for n in range(count):
            await put(one, b"%d" % n, lambda n=n: acknowledged.append(n))
        left = await one.flush(5)
    return acknowledged, left


async def test_all_get_through_in_order_over_failures():
    topic = []
    one = publisher(
        [KafkaError("away"), Client(topic, fails_after=7), KafkaError("away"), Client(topic)]
    )
    acknowledged, left = await publish(one, 50)
    assert topic == [b"%d" % n for n in range(50)]
    assert acknowledged == list(range(50))
    assert left == 0
    assert one.connected
    assert one.last_error is None


async def test_a_lost_acknowledgement_repeats_the_same_bytes_and_leaves_no_hole():
    topic = []
    acknowledged, _ = await publish(
        publisher([Client(topic, fails_after=3, also_keeps=1), Client(topic)]), 9
    )
    assert sorted(set(topic)) == [b"%d" % n for n in range(9)]
    assert topic[:5] == [b"0", b"1", b"2", b"3", b"3"]
    assert acknowledged == list(range(9))


@given(
    failures=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), max_size=6),
    count=st.integers(1, 60),
)
def test_whatever_fails_each_is_acknowledged_once_in_order_and_none_is_missing(failures, count):
    async def scene():
        topic = []
        clients = [Client(topic, fails_after=n, also_keeps=kept) for n, kept in failures]
        acknowledged, left = await publish(publisher([*clients, Client(topic)]), count)
        firsts = list(dict.fromkeys(topic))
        assert firsts == [b"%d" % n for n in range(count)]
        assert acknowledged == list(range(count))
        assert left == 0

    asyncio.run(scene())


async def test_while_the_broker_is_away_memory_is_bounded_and_it_says_why():
    one = publisher([KafkaError("away")] * 100_000)
    async with running(one):
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while True:
                    await put(one, b"x")
    assert one.pending == MAX_PENDING
    assert not one.connected
    assert "away" in one.last_error


async def test_silence_is_the_time_in_which_nothing_pending_was_acknowledged(time):
    one = publisher([], time.clock())
    time.pass_by(3600)
    assert one.silent_s == 0
    await put(one, b"x")
    time.pass_by(7)
    await put(one, b"y")
    assert one.silent_s == 7


async def test_the_destination_is_known_once_a_broker_has_answered():
    one = publisher([KafkaError("away"), Client([])])
    async with running(one):
        assert await one.destination() == "topic of cluster c"


async def test_a_flush_gives_up_in_time_and_says_how_many_are_left():
    one = publisher([])
    await put(one, b"x")
    assert await one.flush(0.01) == 1
