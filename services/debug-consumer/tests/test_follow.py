import asyncio
import json

import pytest
from make import heartbeat, quote, record

from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from contracts.kafka_damage import Damaged
from debug_consumer.errors import BrokerError
from debug_consumer.follow import BACK, GONE, Follower, Limits
from debug_consumer.judge import judge_for
from debug_consumer.summary import Ended, json_summary, text_summary

JUDGE = judge_for("raw_api_events", DEFAULT_MAX_FUTURE_SKEW)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Topic:
    """Gives the batches of a script, a second apart; what is no list is done or raised."""

    def __init__(self, clock: Clock, *script, ends=None) -> None:
        self.starts = {0: 0}
        self._clock = clock
        self._script = list(script)
        self._ends = ends if ends is not None else {0: 0}
        self._damaged = []

    async def read(self):
        self._clock.now += 1
        step = self._script.pop(0) if self._script else []
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Damaged):
            self._damaged.append(step)
            return []
        if callable(step):
            step()
            return []
        return step

    def damaged(self):
        found, self._damaged = self._damaged, []
        return found

    async def ends(self):
        return self._ends() if callable(self._ends) else self._ends


class Shown:
    def __init__(self) -> None:
        self.lines, self.notes, self.counts = [], [], []

    def show(self, judged) -> None:
        self.lines.append((judged.record.offset, judged.reason))

    def refresh(self, tally) -> None:
        self.counts.append(tally.records)

    def note(self, text) -> None:
        self.notes.append(text)


def follow(*script, limits=None, ends=None, stop=None):
    async def run():
        clock, shown = Clock(), Shown()
        follower = Follower(
            Topic(clock, *script, ends=ends),
            judge=JUDGE,
            view=shown,
            limits=limits or Limits(),
            stop=stop or asyncio.Event(),
            clock=clock,
        )
        return await follower.run("raw_api_events"), shown

    return asyncio.run(run())


def test_it_ends_after_so_many_records_whatever_they_are() -> None:
    summary, shown = follow(
        [quote(0), heartbeat(1)], [record(b"x", offset=2), quote(3), quote(4)],
        limits=Limits(max_events=4),
    )  # fmt: skip
    assert summary.ended is Ended.MAX_EVENTS
    assert shown.lines == [(0, None), (1, None), (2, "not_json"), (3, None)]
    assert summary.tally.records == 4
    assert summary.exit_code == 1


def test_what_is_damaged_is_named_and_counted_and_makes_the_exit_code_1() -> None:
    summary, shown = follow(
        [quote(0)], Damaged(0, 1, 3), [quote(4)], limits=Limits(max_events=2), ends={0: 5}
    )
    assert shown.lines == [(0, None), (4, None)]
    assert len(shown.notes) == 1
    assert shown.notes[0].startswith("partition 0: offsets 1 to 3 (3 records) are damaged")
    assert "damaged  3 on the broker's disk, and left out" in text_summary(summary)
    assert json.loads(json_summary(summary))["damaged"] == 3
    assert summary.exit_code == 1


def test_it_ends_after_so_long_without_a_record() -> None:
    summary, _ = follow([], [quote(0)], [], [], [quote(1)], limits=Limits(timeout_s=3))
    assert summary.ended is Ended.TIMEOUT
    assert summary.elapsed_s == 8  # the last record came at 5
    assert summary.exit_code == 0


def test_it_ends_when_stopped_with_what_came_before() -> None:
    stop = asyncio.Event()
    summary, shown = follow([quote(0)], stop.set, stop=stop)
    assert summary.ended is Ended.SIGNAL
    assert (shown.lines, summary.exit_code) == ([(0, None)], 0)


def test_it_can_be_stopped_while_records_are_at_hand() -> None:
    async def run():
        stop, clock, shown = asyncio.Event(), Clock(), Shown()
        asyncio.get_running_loop().call_soon(stop.set)  # as the handler of a signal is
        follower = Follower(
            Topic(clock, [quote(0)], [quote(1)], [quote(2)]),
            judge=JUDGE,
            view=shown,
            limits=Limits(max_events=3),
            stop=stop,
            clock=clock,
        )
        return await follower.run("raw_api_events"), shown

    summary, shown = asyncio.run(run())
    assert summary.ended is Ended.SIGNAL
    assert shown.lines == [(0, None)]


@pytest.mark.parametrize(("ends", "code"), [({0: 0}, 3), (lambda: None, 4)])
def test_nothing_arrived_is_told_from_a_broker_that_is_gone(ends, code) -> None:
    summary, _ = follow(limits=Limits(timeout_s=2), ends=ends)
    assert summary.exit_code == code


def test_a_broker_that_goes_and_comes_back_is_told_once_each() -> None:
    answers = iter([{0: 0}, None, None, {0: 0}, {0: 0}, {0: 0}])
    summary, shown = follow(limits=Limits(timeout_s=25), ends=lambda: next(answers))
    assert shown.notes == [GONE, BACK]
    assert summary.exit_code == 3


def test_a_broker_is_not_asked_while_records_come() -> None:
    def ends():
        raise AssertionError("asked")

    with pytest.raises(AssertionError):  # at the end only, for the gaps
        follow(*([quote(n)] for n in range(30)), limits=Limits(max_events=30), ends=ends)


def test_gaps_are_judged_by_where_the_partitions_stand_at_the_end() -> None:
    summary, _ = follow([quote(0), quote(2)], limits=Limits(max_events=2), ends={0: 9})
    assert summary.runs[0].missing == [(1, 1)]


def test_what_is_shown_is_brought_up_to_date_after_every_read() -> None:
    _, shown = follow([quote(0), quote(1)], [], [quote(2)], limits=Limits(max_events=3))
    assert shown.counts == [0, 2, 2, 3]


def test_reading_that_cannot_go_on_is_an_error() -> None:
    with pytest.raises(BrokerError, match="broke off"):
        follow([quote(0)], BrokerError("reading broke off"))
