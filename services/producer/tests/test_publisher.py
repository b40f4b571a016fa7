"""Order and resending, against a client that fails on demand; the real broker is in ``tests/``."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiokafka.errors import KafkaError, KafkaTimeoutError

from producer.publisher import MAX_PENDING, Publisher, Record


class Client:
    """Acknowledges what it is sent, until it is told to fail; keeps what got into the topic."""

    def __init__(self, topic, *, fails_at=None, also_keeps=0):
        self.topic = topic
        self.fails_at = fails_at
        self.also_keeps = also_keeps

    async def send(self, _topic, value, _key):
        delivery = asyncio.get_running_loop().create_future()
        if self.fails_at is None or len(self.topic) < self.fails_at:
            self.topic.append(value)
            delivery.set_result(None)
        else:
            if self.also_keeps:
                self.also_keeps -= 1
                self.topic.append(value)
            delivery.set_exception(KafkaTimeoutError())
        return delivery


def publisher(clients):
    @asynccontextmanager
    async def client():
        each = clients.pop(0)
        if isinstance(each, KafkaError):
            raise each
        yield each

    return Publisher("topic", client)


@pytest.fixture
def _no_waiting(monkeypatch):
    monkeypatch.setattr("producer.publisher._FIRST_WAIT_S", 0.001)


async def publish(one, count):
    acknowledged = []
    running = asyncio.create_task(one.run())
    for n in range(count):
        record = Record(b"IBM", b"%d" % n, lambda n=n: acknowledged.append(n))
        await one.publish(record)
    left = await one.flush(5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return acknowledged, left


@pytest.mark.usefixtures("_no_waiting")
async def test_all_get_through_in_order_over_failures():
    topic = []
    clients = [KafkaError("away"), Client(topic, fails_at=7), KafkaError("away"), Client(topic)]
    one = publisher(clients)
    acknowledged, left = await publish(one, 50)
    assert topic == [b"%d" % n for n in range(50)]
    assert acknowledged == list(range(50))
    assert left == 0
    assert one.connected
    assert one.last_error is None


@pytest.mark.usefixtures("_no_waiting")
async def test_a_lost_acknowledgement_repeats_the_same_bytes_and_leaves_no_hole():
    topic = []
    acknowledged, _ = await publish(
        publisher([Client(topic, fails_at=3, also_keeps=1), Client(topic)]), 9
    )
    assert sorted(set(topic)) == [b"%d" % n for n in range(9)]
    assert topic[:5] == [b"0", b"1", b"2", b"3", b"3"]
    assert acknowledged == list(range(9))


@pytest.mark.usefixtures("_no_waiting")
async def test_while_the_broker_is_away_memory_is_bounded_and_it_says_why():
    one = publisher([KafkaError("away")] * 1000)
    running = asyncio.create_task(one.run())

    async def fill():
        while True:
            await one.publish(Record(None, b"x", lambda: None))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(fill(), 0.5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert one.pending <= MAX_PENDING
    assert not one.connected
    assert "away" in one.last_error


async def test_a_flush_gives_up_in_time_and_says_how_many_are_left():
    one = publisher([])
    await one.publish(Record(None, b"x", lambda: None))
    assert await one.flush(0.01) == 1
