"""Rules that are far behind catch up beside live prices, and miss nothing where they meet."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from make import BEGIN, Recorder, record

from contracts.clock import Clock
from contracts.kafka_damage import Damaged
from gateway.following.described import Described
from gateway.following.follower import Follower
from gateway.following.listener import Start, Topic
from gateway.following.sinks import TradeSink


class Over(Exception):  # noqa: N818 - no error: the script of a test is over
    """The script of a test is over."""


class Log:
    """Partitions of records; at each read of what is newest some more come, until it is over."""

    step_s = 0.0
    at_a_time = 3

    def __init__(self, *, partitions: int = 1, records: int = 100, coming: int = 60) -> None:
        self.seconds = 0.0
        self.ends = dict.fromkeys(range(partitions), records)
        self.coming = coming
        self.damaged: Damaged | None = None
        self.away: int | None = None  # a partition that does not answer the second reader
        self.readers: list[Reader] = []
        self.clock = Clock(
            now=lambda: BEGIN + timedelta(minutes=1),
            monotonic=lambda: self.seconds,
            sleep=asyncio.sleep,
        )

    @asynccontextmanager
    async def open(self, on_damage: Callable[[Damaged], None]) -> AsyncIterator["Reader"]:
        self.readers.append(Reader(self, on_damage, is_first=not self.readers))
        yield self.readers[-1]
        self.readers[-1].is_closed = True


class Reader:
    """Reads seven records of each partition at a time."""

    def __init__(self, log: Log, on_damage: Callable[[Damaged], None], *, is_first: bool) -> None:
        self.log = log
        self.on_damage = on_damage
        self.is_first = is_first
        self.is_closed = False
        self.next: dict[int, int] = {}
        self.had: list[int] = []

    @property
    def positions(self) -> dict[int, int]:
        return dict(self.next)

    async def describe(self) -> Described:
        return Described("a", list(self.log.ends))

    async def begins(self, partitions: list[int]) -> dict[int, int]:
        return dict.fromkeys(partitions, 0)

    async def ends(self, partitions: list[int]) -> dict[int, int]:
        return {it: self.log.ends[it] for it in partitions}

    async def offsets_at(self, _moment: datetime, partitions: list[int]) -> dict[int, int]:
        return dict.fromkeys(partitions, 0)

    def read_from(self, offsets: dict[int, int]) -> None:
        self.next = dict(offsets)

    async def read(self, _wait_ms: int = 200) -> dict[int, list[Any]]:
        if self.is_first:
            self.log.seconds += self.log.step_s
        if self.is_first or self.log.away is not None:
            self._more_comes()
        found = {}
        for partition, begin in self.next.items():
            if partition == self.log.away and not self.is_first:
                continue
            some = range(begin, min(begin + 7, self.log.ends[partition]))
            found[partition] = [record(it, partition=partition) for it in self._whole(some)]
            self.next[partition] = some.stop
            self.had += [it.offset for it in found[partition]]
        return {it: records for it, records in found.items() if records}

    def _more_comes(self) -> None:
        following = (it.next for it in self.log.readers if not it.is_closed)
        is_stuck = self.log.away is not None
        if not self.log.coming and (is_stuck or all(it == self.log.ends for it in following)):
            raise Over
        if self.log.coming:
            self.log.coming -= 1
            for partition in self.log.ends:
                self.log.ends[partition] += self.log.at_a_time

    def _whole(self, some: range) -> list[int]:
        """Leave out what is damaged, and tell of it."""
        damaged = self.log.damaged
        if damaged is None:
            return list(some)
        if damaged.first in some:
            self.on_damage(damaged)
        return [it for it in some if not damaged.first <= it <= damaged.last]


class Live(Recorder):
    """Begins at the end."""

    def start(self, _topic: Topic, _topic_id: str) -> Start:
        return Start(timedelta(0), {0: 90, 1: 90})


class Rules(Recorder):
    """Goes on where it was."""

    def __init__(self, offsets: dict[int, int]) -> None:
        super().__init__()
        self.offsets = offsets

    def start(self, _topic: Topic, _topic_id: str) -> Start:
        return Start(timedelta(0), self.offsets)


def made(log: Log, *listeners: Recorder) -> Follower:
    sink = partial(TradeSink, max_future_skew=timedelta(seconds=60))
    return Follower("trades", log.open, listeners, sink, log.clock)  # type: ignore[arg-type]


def run(follower: Follower, near: int = 10) -> None:
    with pytest.MonkeyPatch.context() as patch, suppress(Over):
        patch.setattr("gateway.following.follower._NEAR", near)
        asyncio.run(follower.run())


def places(listener: Recorder, partition: int) -> list[int]:
    return [it.offset for it in listener.trades if it.partition == partition]


@pytest.mark.parametrize("near", [0, 10, 1000])
def test_each_record_comes_once_and_in_order(near: int) -> None:
    log, live, rules = Log(partitions=2), Live(), Rules({0: 5, 1: 40})
    run(made(log, live, rules), near)
    assert log.ends == {0: 280, 1: 280}
    for partition, begin in rules.offsets.items():
        assert places(live, partition) == list(range(90, 280))
        assert places(rules, partition) == list(range(begin, 280))


def test_what_is_new_is_there_before_what_is_old() -> None:
    log, live, rules = Log(records=1000), Live(), Rules({0: 5})
    live_had: list[int] = []
    on_trades = rules.on_trades

    def note(trades: list[Any], read_to: dict[int, Any]) -> None:
        live_had.append(len(live.trades))
        on_trades(trades, read_to)

    rules.on_trades = note  # type: ignore[method-assign]
    live.start = lambda *_: Start(timedelta(0), {0: 1000})  # type: ignore[method-assign]
    run(made(log, live, rules))
    assert places(live, 0)[:3] == [1000, 1001, 1002]
    assert live_had[0] > 0
    assert places(rules, 0) == list(range(5, 1180))


def test_the_second_reader_goes_once_they_are_together() -> None:
    log = Log()
    run(made(log, Live(), Rules({0: 5})))
    first, second = log.readers
    assert (first.is_closed, second.is_closed) == (False, True)
    assert second.had[0] == 5
    assert second.had[-1] < 280


def test_who_is_not_behind_needs_no_reader() -> None:
    log, rules = Log(), Rules({0: 95})
    run(made(log, Live(), rules))
    assert len(log.readers) == 1
    assert places(rules, 0) == list(range(95, 280))


def test_where_one_partition_is_ahead_it_is_not_given_twice() -> None:
    log, rules = Log(partitions=2), Rules({0: 5, 1: 97})
    run(made(log, Live(), rules))
    assert places(rules, 0) == list(range(5, 280))
    assert places(rules, 1) == list(range(97, 280))


def test_what_is_damaged_is_told_once_to_each() -> None:
    log, live, rules = Log(), Live(), Rules({0: 5})
    log.damaged = Damaged(0, 95, 96)
    run(made(log, live, rules))
    assert live.damaged == rules.damaged == [log.damaged]
    whole = [it for it in range(5, 280) if it not in {95, 96}]
    assert places(rules, 0) == whole


def test_all_is_read_only_once_they_are_together() -> None:
    log, live, rules = Log(), Live(), Rules({0: 5})
    seen: list[tuple[bool, bool]] = []
    on_trades = rules.on_trades

    def note(trades: list[Any], read_to: dict[int, Any]) -> None:
        seen.append((follower.lag.is_near_end, follower.all_is_read))
        on_trades(trades, read_to)

    rules.on_trades = note  # type: ignore[method-assign]
    follower = made(log, live, rules)
    run(follower)
    assert (True, False) in seen
    assert follower.all_is_read


def test_how_many_records_lie_between_is_told_until_they_are_together() -> None:
    log, rules, seen = Log(), Rules({0: 5}), []
    on_trades = rules.on_trades

    def note(trades: list[Any], read_to: dict[int, Any]) -> None:
        seen.append(follower.catching_up)
        on_trades(trades, read_to)

    rules.on_trades = note  # type: ignore[method-assign]
    follower = made(log, Live(), rules)
    run(follower)
    assert seen[0] == 97 - 5  # seven that are new are read first, from 90 on
    assert follower.catching_up == 0


def test_where_more_comes_than_can_be_read_the_rules_leap_too() -> None:
    log, live, rules = Log(coming=20), Live(), Rules({0: 5})
    log.step_s, log.at_a_time = 3.0, 100
    follower = made(log, live, rules)
    run(follower)
    assert rules.starts[0] == {0: 5}
    assert rules.starts[1:] == live.starts[1:] != []
    assert places(rules, 0) == sorted(set(places(rules, 0)))
    assert places(rules, 0)[-1] == places(live, 0)[-1]
    assert log.readers[1].is_closed
    assert follower.all_is_read


def test_what_was_leapt_over_does_not_come_after_the_leap() -> None:
    log, live, rules = Log(coming=20), Live(), Rules({0: 5})
    log.step_s, log.at_a_time = 3.0, 100
    on_start, had = rules.on_start, []

    def note(topic: Topic, topic_id: str, offsets: dict[int, int]) -> None:
        had.append((offsets[0], len(rules.trades)))
        on_start(topic, topic_id, offsets)

    rules.on_start = note  # type: ignore[method-assign,assignment]
    run(made(log, live, rules))
    place, before = had[1]
    assert rules.trades[before].offset >= place


def test_live_prices_come_while_a_partition_does_not_answer_the_rules() -> None:
    log, live, rules = Log(partitions=2), Live(), Rules({0: 85, 1: 5})
    log.away = 0
    run(made(log, live, rules), near=1000)
    assert len(places(live, 1)) > 100  # none, where the rules alone are read
