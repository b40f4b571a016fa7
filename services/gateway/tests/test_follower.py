"""The follower waits for the broker, begins where it is asked to, and leaps where it must."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    UnknownTopicOrPartitionError,
)
from make import BEGIN, Recorder, record

from contracts.clock import Clock
from contracts.kafka_damage import Damaged
from gateway.following.described import Described
from gateway.following.follower import Follower
from gateway.following.sinks import TradeSink


class Over(Exception):  # noqa: N818 - no error: the script of a test is over
    """The broker's script is over."""


class Broker:
    """A topic of one or more partitions, and a clock that goes on with each poll."""

    def __init__(self, polls: list[dict[int, list[Any]]], ends: list[dict[int, int]]) -> None:
        self.polls = polls
        self.all_ends = ends
        self.topic_id = "a"
        self.seconds = 0.0
        self.assigned: list[dict[int, int]] = []
        self.asked_at: list[datetime] = []
        self.step_s = 2.5
        self.opened = 0
        self.fails = 0
        self.failure: KafkaError = KafkaConnectionError("nobody there")

    @asynccontextmanager
    async def open(self, on_damage: Callable[[Damaged], None]) -> AsyncIterator["Broker"]:
        self.on_damage = on_damage
        self.opened += 1
        if self.fails:
            self.fails -= 1
            raise self.failure
        yield self

    async def describe(self) -> Described:
        return Described(self.topic_id, sorted(self.all_ends[0]))

    async def begins(self, partitions: list[int]) -> dict[int, int]:
        return dict.fromkeys(partitions, 0)

    async def ends(self, partitions: list[int]) -> dict[int, int]:
        answer = self.all_ends.pop(0) if len(self.all_ends) > 1 else self.all_ends[0]
        if not answer.keys() >= set(partitions):
            raise KafkaTimeoutError
        return {it: answer[it] for it in partitions}

    async def offsets_at(self, moment: datetime, partitions: list[int]) -> dict[int, int]:
        self.asked_at.append(moment)
        return dict.fromkeys(partitions, 5)

    def read_from(self, offsets: dict[int, int]) -> None:
        self.assigned.append(dict(offsets))
        self.positions = dict(offsets)

    async def read(self, _wait_ms: int = 200) -> dict[int, list[Any]]:
        self.seconds += self.step_s
        if not self.polls:
            raise Over
        found = self.polls.pop(0)
        self.positions |= {it: records[-1].offset + 1 for it, records in found.items()}
        return found

    @property
    def clock(self) -> Clock:
        async def sleep(seconds: float) -> None:
            self.seconds += seconds

        return Clock(
            now=lambda: BEGIN + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
            sleep=sleep,
        )


def made(broker: Broker, listener: Recorder, topic: Any = "trades") -> Follower:
    sink = partial(TradeSink, max_future_skew=timedelta(seconds=60))
    open_: Callable[[], Any] = broker.open
    return Follower(topic, open_, [listener], sink, broker.clock)


def follow(broker: Broker, listener: Recorder, topic: Any = "trades") -> Follower:
    """Follow until the script is over."""
    follower = made(broker, listener, topic)
    with pytest.raises(Over):
        asyncio.run(follower.run())
    return follower


def test_it_begins_as_far_back_as_the_listener_asks_for() -> None:
    broker, listener = Broker([{0: [record(5), record(6)]}], [{0: 7}]), Recorder()
    follower = follow(broker, listener)
    assert BEGIN - timedelta(minutes=1) in broker.asked_at
    assert broker.assigned == listener.starts == [{0: 5}]
    assert [it.offset for it in listener.trades] == [5, 6]
    assert (follower.lag.read_count, follower.lag.records) == (2, 0)


def test_other_tasks_run_between_any_two_reads_of_what_is_at_hand() -> None:
    """The broker gives its records at once, as the client gives those that it has."""
    broker, listener = Broker([{0: [record(5 + it)]} for it in range(4)], [{0: 9}]), Recorder()
    follower, seen = made(broker, listener), list[int]()

    async def look() -> None:
        while True:
            seen.append(len(listener.trades))
            await asyncio.sleep(0)

    async def both() -> None:
        beside = asyncio.create_task(look())
        with pytest.raises(Over):
            await follower.run()
        beside.cancel()

    asyncio.run(both())
    assert seen == [1, 2, 3, 4]


def test_a_broker_that_is_away_is_waited_for_and_said_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broker, listener = Broker([{0: [record(5)]}], [{0: 6}]), Recorder()
    broker.fails = 3
    follow(broker, listener)
    said = capsys.readouterr().out
    assert (broker.opened, len(listener.trades)) == (4, 1)
    assert said.count("waiting for the broker") == said.count("the broker answers again") == 1


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (KafkaConnectionError("nobody there"), "the broker: KafkaConnectionError: nobody there"),
        (
            UnknownTopicOrPartitionError("topic quotes (the broker does not have it yet)"),
            "topic quotes (the broker does not have it yet)",
        ),
        (UnknownTopicOrPartitionError(), "the broker: [Error 3] UnknownTopicOrPartitionError"),
    ],
)
def test_it_says_what_it_waits_for(
    failure: KafkaError, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    broker = Broker([], [{0: 6}])
    broker.fails, broker.failure = 1, failure
    follow(broker, Recorder())
    assert f"waiting for {said}" in capsys.readouterr().out


def test_what_is_damaged_is_named_and_counted_and_read_on_behind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broker, listener = Broker([{0: [record(5)]}, {}, {0: [record(9)]}], [{0: 10}]), Recorder()
    original = broker.read

    async def read(_wait_ms: int = 200) -> dict[int, list[Any]]:
        if len(broker.polls) == 2:
            broker.on_damage(Damaged(0, 6, 8))
        return await original()

    broker.read = read  # type: ignore[method-assign]
    follower = follow(broker, listener)
    assert [it.offset for it in listener.trades] == [5, 9]
    assert (follower.lag.skipped, follower.lag.records) == (3, 0)
    assert listener.damaged == [Damaged(0, 6, 8)]
    assert "partition 0: offsets 6 to 8 (3 records) are damaged" in capsys.readouterr().out


def test_the_end_of_a_transaction_is_read_though_it_is_no_record() -> None:
    """The reader is behind it with the next answer, which has no records."""
    broker, listener = Broker([{0: [record(5)]}, *([{}] * 12)], [{0: 7}]), Recorder()
    original = broker.read

    async def read(_wait_ms: int = 200) -> dict[int, list[Any]]:
        found = await original()
        broker.positions[0] = 6 if found else 7
        return found

    broker.read = read  # type: ignore[method-assign]
    follower = follow(broker, listener)
    assert follower.all_is_read
    assert follower.lag.is_at_end
    assert (follower.lag.seconds, follower.lag.skipped, len(listener.starts)) == (0, 0, 1)


def test_partitions_that_are_added_are_read_from_their_beginning() -> None:
    polls: list[dict[int, list[Any]]] = [{0: [record(5)]}, {}, {}, {}, {}]
    broker = Broker(polls, [{0: 6}])
    listener = Recorder()
    original = broker.read

    async def read(_wait_ms: int = 200) -> dict[int, list[Any]]:
        if broker.seconds > 5:
            broker.all_ends = [{0: 6, 1: 3}]
        return await original()

    broker.read = read  # type: ignore[method-assign]
    follow(broker, listener)
    assert broker.assigned == [{0: 5}, {0: 6, 1: 0}]


@pytest.mark.parametrize("ends", [{0: 900}, {0: 6}])
def test_a_topic_that_is_made_anew_while_it_is_read_is_begun_anew(ends: dict[int, int]) -> None:
    """Also where it has had two partitions before, of which the ends are asked no more."""
    polls: list[dict[int, list[Any]]] = [{0: [record(500)]}, {}, {}, {}, {}, {0: [record(5)]}]
    broker, listener = Broker(polls, [{0: 501, 1: 0}]), Recorder()
    original = broker.read

    async def read(_wait_ms: int = 200) -> dict[int, list[Any]]:
        if broker.seconds > 5:
            broker.topic_id, broker.all_ends = "b", [ends]
        return await original()

    broker.read = read  # type: ignore[method-assign]
    follower = follow(broker, listener)
    assert (broker.assigned[-1], listener.topic_ids) == ({0: 5}, ["a", "b"])
    assert [it.offset for it in listener.trades] == [500, 5]
    assert follower.lag.positions == {0: 6}


def far_behind(count: int) -> Broker:
    """Give a broker that takes in far more than is read: a record a poll, all of the beginning."""
    polls = [{0: [record(5 + number)]} for number in range(count)]
    return Broker(polls, [{0: 1000 * number} for number in range(1, count + 2)])


def test_what_falls_ever_farther_behind_leaps_to_the_newest_and_says_so() -> None:
    broker, listener = far_behind(12), Recorder()
    follower = follow(broker, listener)
    assert len(listener.starts) == 2
    assert follower.lag.skipped > 1000
    assert broker.assigned[1] == listener.starts[1]
    assert listener.starts[1][0] % 1000 == 0


def test_windows_are_read_however_far_behind() -> None:
    broker, listener = far_behind(12), Recorder()
    assert follow(broker, listener, "windows").lag.skipped == 0


def test_what_comes_nearer_does_not_leap() -> None:
    polls = [{0: [record(5 + it, seconds=3.0 * it - 60)]} for it in range(12)]
    broker, listener = Broker(polls, [{0: 1000}]), Recorder()
    assert follow(broker, listener).lag.skipped == 0


def test_where_the_clock_is_hours_ahead_of_the_brokers_nothing_is_left_out() -> None:
    polls = [{0: [record(5 + it, seconds=2.5 * it)]} for it in range(12)]
    # When it looks, one more has come always.
    broker, listener = Broker(polls, [{0: 5}, *({0: 7 + it} for it in range(13))]), Recorder()
    broker.seconds = 7200
    follower = follow(broker, listener)
    assert follower.lag.skipped == 0
    assert [it.offset for it in listener.trades] == list(range(5, 17))
    assert follower.lag.is_near_end
