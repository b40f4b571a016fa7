"""What each partition gets, from the feed to a broker that is slow, goes away, and grows.

Waiting takes no time: see ``virtual_time.py``.
"""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from unittest import mock

import msgspec
import pytest
from aiokafka.errors import KafkaTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from virtual_time import run

from contracts.clock import Clock
from producer import publisher
from producer.events import Numbering
from producer.hand_over import HandOver
from producer.heartbeat import EventTime
from producer.kafka import KafkaClient
from producer.outbox import Batch
from producer.publisher import Publisher
from producer.quote import FeedQuote

BEGAN = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
RECORDED = datetime(2013, 5, 1, tzinfo=UTC)
SYMBOLS = ("IBM", "AAPL", "MSFT", "TSLA", "AMZN")
PARTITIONS = {"AAPL": 1, "IBM": 3}
"""Of four, by the hash of the key."""


class Broker:
    """Keeps a topic; acknowledges after `latency_s`, takes nothing while it is away.

    Clients, one after the other, fail for good once they have sent so many batches.
    """

    destination = "topic of cluster c"

    def __init__(self, count, latency_s=0.01, away=(0.0, 0.0), fail_after=()):
        self.topic = {}
        self.count = count
        self.latency_s = latency_s
        self.away = away
        self.fail_after = list(fail_after)
        self.left = None
        self.client = KafkaClient(SimpleNamespace(partitions_for=self._partitions_for), "t", "d")

    @asynccontextmanager
    async def connect(self):
        self.left = self.fail_after.pop(0) if self.fail_after else None
        yield self

    async def _partitions_for(self, _topic):
        return set(range(self.count))

    async def partitions(self):
        return self.count

    async def batches(self, records):
        return [
            Batch(batch.partition, batch.records[at : at + 3])
            for batch in await self.client.batches(records)
            for at in range(0, len(batch.records), 3)
        ]

    async def send(self, batch):
        loop = asyncio.get_running_loop()
        begins, ends = self.away
        if begins <= loop.time() < ends:
            await asyncio.sleep(ends - loop.time())
        delivery = loop.create_future()
        if self.left == 0:
            delivery.set_exception(KafkaTimeoutError())
            return delivery
        self.left = self.left and self.left - 1
        for _, value, _ in batch.records:
            self.topic.setdefault(batch.partition, []).append(msgspec.json.decode(value))
        loop.call_later(self.latency_s, lambda: delivery.done() or delivery.set_result(None))
        return delivery


class Producer:
    """All between a feed and the broker; `recorded` where event time is a recording's."""

    def __init__(self, broker, *, recorded=False, lag=timedelta(0)):
        loop = asyncio.get_running_loop()
        self.clock = Clock(lambda: BEGAN + timedelta(seconds=loop.time()), loop.time)
        self.counts = Counter()
        self.publisher = Publisher(broker.connect, self.clock)
        self.recorded = recorded
        self.feed = SimpleNamespace(
            source="synthetic",
            follows_clock=not recorded,
            acknowledged=lambda quotes: self.counts.update(quotes=len(quotes)),
        )
        report = SimpleNamespace(
            quotes_acknowledged=lambda _: None,
            heartbeats_acknowledged=lambda count: self.counts.update(heartbeats=count),
        )
        self.hand_over = HandOver(
            self.feed,
            self.publisher,
            report,
            numbering=Numbering(),
            event_time=EventTime(lag, timedelta(minutes=1), self.clock),
            clock=self.clock,
        )

    async def quote(self, *symbols, event_time=None):
        now = self.clock.now()
        await self.hand_over.quotes(
            [
                FeedQuote(
                    symbol=symbol,
                    price=1.0,
                    volume=None,
                    event_time=event_time or now,
                    ingest_time=now,
                    source="synthetic",
                )
                for symbol in symbols
            ]
        )

    async def beat(self):
        while True:
            await asyncio.sleep(0.1)
            self.hand_over.heartbeats()

    @asynccontextmanager
    async def running(self):
        delivering, beating = map(asyncio.create_task, (self.publisher.run(), self.beat()))
        try:
            yield self
            beating.cancel()
            assert await self.publisher.flush(60) == 0
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, beating, return_exceptions=True)


def seconds(events, since=BEGAN):
    """Give the event times of heartbeats, in seconds."""
    times = [it["event_time"] for it in events if it["kind"] == "heartbeat"]
    return [(datetime.fromisoformat(it) - since).total_seconds() for it in times]


def test_while_one_partition_has_quotes_the_others_get_the_newest_time_each_second():
    async def scene():
        broker = Broker(4)
        async with Producer(broker).running() as producer:
            for _ in range(50):
                await asyncio.sleep(0.1)
                await producer.quote("IBM")
        return broker.topic

    topic = run(scene())
    quoted = topic.pop(PARTITIONS["IBM"])
    assert sorted(topic) == [0, 1, 2]
    for events in topic.values():
        assert {it["kind"] for it in events} == {"heartbeat"}
        assert {it["event_time"] for it in events} <= {it["event_time"] for it in quoted}
        assert seconds(events) == pytest.approx([0.1, 1, 2, 3, 4], abs=0.11)


def test_while_the_feed_is_quiet_each_partition_gets_the_time_that_passes():
    async def scene():
        broker = Broker(4)
        async with Producer(broker, lag=timedelta(seconds=2)).running() as producer:
            await asyncio.sleep(0.05)
            await producer.quote("IBM")
            await asyncio.sleep(5)
        return broker.topic

    topic = run(scene())
    assert sorted(topic) == [0, 1, 2, 3]
    for events in topic.values():
        assert seconds(events)[-3:] == pytest.approx([1, 2, 3], abs=0.11)


def test_heartbeats_come_when_a_second_of_event_time_begins_with_which_a_window_may_end():
    async def scene():
        broker = Broker(4)
        async with Producer(broker).running() as producer:
            await asyncio.sleep(0.45)
            for _ in range(200):
                await asyncio.sleep(0.05)
                await producer.quote("IBM")
        return broker.topic

    topic = run(scene())
    for partition in (0, 1, 2):
        assert seconds(topic[partition])[-8:] == pytest.approx([*range(3, 11)], abs=0.11)


def test_one_partition_gets_a_heartbeat_after_each_second_without_a_quote():
    async def scene():
        broker = Broker(1)
        async with Producer(broker).running() as producer:
            await asyncio.sleep(0.05)
            await producer.quote("IBM")
            await asyncio.sleep(1.45)
            await producer.quote("IBM")
            await asyncio.sleep(0.9)
            await producer.quote("IBM")
        return broker.topic[0]

    assert [it["kind"] for it in run(scene())] == ["quote", "heartbeat", "quote", "quote"]


def test_a_recording_tells_its_own_time_before_its_end_and_none_before_its_first_quote():
    async def scene():
        broker = Broker(4)
        async with Producer(broker, recorded=True).running() as producer:
            await asyncio.sleep(3)
            for day in range(3):
                await producer.quote("IBM", event_time=RECORDED + timedelta(days=day))
                await asyncio.sleep(2.5)
        return broker.topic

    topic = run(scene())
    for partition in (0, 1, 2):
        told = Counter(seconds(topic[partition], RECORDED))
        assert list(told) == [0, 86_400, 172_800]
        assert set(told.values()) <= {2, 3}


def test_a_partition_that_is_added_gets_heartbeats():
    async def scene():
        broker = Broker(2)
        async with Producer(broker).running() as producer:
            for n in range(60):
                await asyncio.sleep(0.1)
                await producer.quote("IBM")
                broker.count = 4 if n >= 30 else 2
        return broker.topic

    topic = run(scene())
    assert sorted(topic) == [0, 1, 2, 3]
    assert seconds(topic[2])[0] == pytest.approx(3.2, abs=0.3)
    assert len(seconds(topic[2])) == 3
    assert [it["kind"] for it in topic[3][-20:]] == ["quote"] * 20  # the symbol has moved


def test_while_the_broker_is_away_one_heartbeat_at_most_waits_in_each_partition():
    async def scene():
        broker = Broker(300, away=(1.05, 601.0))
        async with Producer(broker).running() as producer:
            await asyncio.sleep(600)
            pending = producer.publisher.pending
        return pending, broker.topic

    pending, topic = run(scene())
    assert pending == 300
    assert len(topic) == 300


def test_quotes_and_heartbeats_that_wait_are_never_more_than_may():
    async def scene():
        broker = Broker(4, away=(1.05, 30.0))
        producer = Producer(broker)
        most = 0
        async with producer.running():
            feeding = asyncio.create_task(feed(producer))
            for _ in range(290):
                await asyncio.sleep(0.1)
                most = max(most, producer.publisher.pending)
            feeding.cancel()
            await asyncio.sleep(3)
        return most

    async def feed(producer):
        while True:
            await asyncio.sleep(0.01)
            await producer.quote("IBM")

    with mock.patch.object(publisher, "MAX_PENDING", 50):
        assert run(scene()) in range(46, 51)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.004, 0.09, 0.6, 1.05, 3.3]),
        st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=6),
    ),
    max_size=40,
)
AWAY = st.tuples(st.floats(0, 5), st.floats(0, 20)).map(lambda it: (it[0], sum(it)))


async def played(broker, steps, *, recorded=False, grows=()):
    producer = Producer(broker, recorded=recorded)
    grows = dict(grows)
    async with producer.running():
        for n, (pause_s, symbols) in enumerate(steps):
            broker.count += grows.get(n, 0)
            await asyncio.sleep(pause_s)
            time = RECORDED + timedelta(hours=n) if recorded else None
            await producer.quote(*symbols, event_time=time)
        await asyncio.sleep(3)
    return producer


def assert_in_order(topic):
    for events in topic.values():
        times = [it["event_time"] for it in events]
        assert times == sorted(times)


def numbers(topic):
    return [int(it["event_id"].split("-")[1]) for events in topic.values() for it in events]


@given(
    steps=STEPS,
    partitions=st.integers(1, 4),
    latency_s=st.sampled_from([0.001, 0.3, 1.7]),
    away=AWAY,
    grows=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3)), max_size=1),
    recorded=st.booleans(),
    most=st.sampled_from([20, 20_000]),
)
def test_in_each_partition_time_never_goes_back_and_no_number_is_missing(  # noqa: PLR0917
    steps, partitions, latency_s, away, grows, recorded, most
):
    broker = Broker(partitions, latency_s, away)
    with mock.patch.object(publisher, "MAX_PENDING", most):
        producer = run(played(broker, steps, recorded=recorded, grows=grows))
    assert_in_order(broker.topic)
    found = numbers(broker.topic)
    assert sorted(found) == list(range(len(found)))
    assert producer.counts["quotes"] == sum(len(symbols) for _, symbols in steps)
    assert producer.counts.total() == len(found)


@given(steps=STEPS, partitions=st.integers(1, 5), latency_s=st.sampled_from([0.001, 0.3]))
def test_no_partition_is_without_a_record_for_longer_than_a_second(steps, partitions, latency_s):
    broker = Broker(partitions, latency_s)
    run(played(broker, steps))
    end = BEGAN + timedelta(seconds=3 + sum(pause_s for pause_s, _ in steps))
    assert sorted(broker.topic) == list(range(partitions))
    for events in broker.topic.values():
        times = [datetime.fromisoformat(it["ingest_time"]) for it in events]
        gaps = [after - before for before, after in pairwise([BEGAN, *times, end])]
        assert max(gaps) <= timedelta(seconds=1.2)


@given(
    steps=STEPS,
    partitions=st.integers(1, 5),
    fail_after=st.lists(st.integers(0, 20), max_size=6),
    grows=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3)), max_size=2),
)
def test_what_is_sent_again_keeps_its_partition_and_its_order(steps, partitions, fail_after, grows):
    broker = Broker(partitions, fail_after=fail_after)
    run(played(broker, steps, grows=grows))
    found = numbers(broker.topic)
    assert sorted(set(found)) == list(range(max(found) + 1))
    for events in broker.topic.values():
        first = {it["event_id"]: it["event_time"] for it in events}
        assert list(first.values()) == sorted(first.values())
