"""What the topic holds reaches each listener, from where it asked for, once and in order."""

from datetime import timedelta

import msgspec
import pytest
from alert_making import engine, rule
from make import BEGIN, Recorder, micros, raw, record, window

from gateway.following.listener import FinalWindow, ReadTo, Start
from gateway.following.sinks import TradeSink, WindowSink
from gateway.following.starting import Bounds, start_of
from gateway.live.final import FinalWindows
from gateway.live.hub import Hub

SKEW = timedelta(seconds=60)
MINUTE = timedelta(minutes=1)


def test_a_quote_becomes_a_trade_with_its_place() -> None:
    listener = Recorder()
    sink = TradeSink([listener], SKEW)
    sink.begin([{3: 7}])
    sink.take({3: [record(7, partition=3, seconds=1.5, price=101.25, volume=None)]})
    [trade] = listener.trades
    assert (trade.partition, trade.offset, trade.symbol, trade.source) == (3, 7, "IBM", "synthetic")
    assert (trade.price, trade.volume, trade.event_id) == (101.25, None, "run-7")
    assert trade.event_time == "2026-01-02T15:00:01.500000Z"
    assert trade.event_us == micros(BEGIN) + 1_500_000
    assert listener.read_to == {3: ReadTo(8, trade.event_us)}


def test_what_is_refused_is_counted_and_read_past() -> None:
    listener = Recorder()
    sink = TradeSink([listener], SKEW)
    sink.begin([{0: 0}])
    sink.take({0: [raw(0, None), raw(1, b"{"), record(2), record(3, seconds=0, price=-1)]})
    assert [it.offset for it in listener.trades] == [2]
    assert sink.refused == 3
    assert listener.read_to[0].offset == 4


NO_TIME = [-1, 1_767_366_000_000_000, 2**63 - 1]
"""What a producer may take for a timestamp: nothing, microseconds, anything."""
LAST_MS = 221_845_392_000_000  # of the year 9000


@pytest.mark.parametrize("written", NO_TIME)
def test_a_timestamp_that_is_no_time_lets_in_no_event_out_of_all_time(written: int) -> None:
    listener = Recorder()
    sink = TradeSink([listener], SKEW)
    sink.begin([{0: 0}])
    records = [record(0, event_time="9999-12-31T23:59:59.999999Z"), record(1)]
    for it in records:
        it.timestamp = written
    sink.take({0: records})
    found = [(it.offset, it.broker_ms) for it in listener.trades]
    assert found == ([] if written < 0 else [(1, LAST_MS)])


@pytest.mark.parametrize("written", NO_TIME)
def test_a_window_whose_timestamp_is_no_time_ends_no_rule(written: int) -> None:
    one = engine(rule(kind="spike", max_deviation_pct=5))
    alerts = []

    class Rules(Recorder):
        def on_windows(self, windows: list[FinalWindow], _read_to: object) -> None:
            alerts.extend(one.on_windows(windows))

    sink = WindowSink([Rules()])  # type: ignore[list-item]
    sink.begin([{0: 0}])
    it = raw(0, msgspec.json.encode(window(0).window))
    it.timestamp = written
    sink.take({0: [it]})
    assert [it.kind for it in alerts] == (["spike"] if written < 0 else ["notice"])


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("9999-12-31T23:58:59.000000Z", "9999-12-31T23:59:59.000000Z"),
        ("2026-01-02T15:00:00.000000Z", "9000-01-01T00:00:00.000001Z"),
        ("2026-01-02T15:00:00.000000Z", "2026-01-02T15:00:00.000000Z"),
        ("2026-01-02T15:01:00.000000Z", "2026-01-02T15:00:00.000000Z"),
    ],
)
def test_a_window_out_of_all_time_and_one_without_a_length_are_refused(
    begin: str, end: str
) -> None:
    given: list[FinalWindow] = []

    class Windows(Recorder):
        def on_windows(self, windows: list[FinalWindow], _read_to: object) -> None:
            given.extend(windows)

    sink = WindowSink([Windows()])  # type: ignore[list-item]
    sink.begin([{0: 0}])
    never = window(0, window_start=begin, window_end=end).window
    last = window(1, window_end="9000-01-01T00:00:00.000000Z").window
    sink.take({0: [raw(0, msgspec.json.encode(never)), raw(1, msgspec.json.encode(last))]})
    assert ([it.offset for it in given], sink.refused) == ([1], 1)


def test_a_heartbeat_moves_the_time_that_is_reached_and_is_no_trade() -> None:
    listener = Recorder()
    sink = TradeSink([listener], SKEW)
    sink.begin([{0: 0}])
    beat = record(0, seconds=9, kind="heartbeat")
    sink.take({0: [beat]})
    sink.take({0: [record(1, seconds=4)]})
    assert [it.offset for it in listener.trades] == [1]
    assert listener.read_to[0] == ReadTo(2, micros(BEGIN) + 9_000_000)


def test_each_listener_is_given_only_what_lies_at_or_behind_its_own_start() -> None:
    early, late = Recorder(), Recorder()
    sink = TradeSink([early, late], SKEW)
    sink.begin([{0: 0}, {0: 3}])
    sink.take({0: [record(0), record(1)]})
    assert late.read_to == {}
    sink.take({0: [record(2), record(3)]})
    sink.take({0: [record(4)]})
    assert [it.offset for it in early.trades] == [0, 1, 2, 3, 4]
    assert [it.offset for it in late.trades] == [3, 4]
    assert late.read_to[0].offset == 5


def test_a_start_is_where_the_listener_was_but_within_what_there_is_and_not_too_far_back() -> None:
    bounds = {0: Bounds(10, 90)}

    def start(offsets: dict[int, int]) -> int:
        wanted = Start(MINUTE, offsets)
        return start_of(wanted, bounds, otherwise={0: 70}, at_most={0: 20})[0]

    assert start({}) == 70
    assert start({0: 50}) == 50
    assert start({0: 5}) == 20
    assert start({0: 90}) == 90


def test_where_there_are_fewer_records_than_were_read_it_goes_on_with_what_is_there() -> None:
    bounds, wanted = {0: Bounds(10, 90), 1: Bounds(10, 90)}, Start(MINUTE, {0: 91, 1: 91})
    assert start_of(wanted, bounds, otherwise={}, at_most={0: 5, 1: 20}) == {0: 10, 1: 20}


def test_a_partition_that_was_added_since_is_read_from_its_beginning_but_not_too_far_back() -> None:
    bounds = {0: Bounds(10, 90), 1: Bounds(0, 40), 2: Bounds(0, 40), 3: Bounds(0, 40)}
    wanted = Start(timedelta(0), {0: 80})
    found = start_of(wanted, bounds, otherwise={}, at_most={0: 20, 1: 0, 2: 15})
    assert found == {0: 80, 1: 0, 2: 15, 3: 40}


def test_of_a_partition_with_few_records_since_then_its_share_of_the_last_ones_is_read() -> None:
    bounds = {0: Bounds(0, 90), 1: Bounds(50, 90)}
    wanted = Start(MINUTE, records=59)  # 30 of each
    found = start_of(wanted, bounds, otherwise={0: 70, 1: 55}, at_most={})
    assert found == {0: 60, 1: 55}
    assert start_of(Start(MINUTE, records=100), bounds, otherwise={}, at_most={})[1] == 50


def test_a_partition_without_a_record_since_then_is_read_from_its_end() -> None:
    bounds = {0: Bounds(0, 0), 1: Bounds(5, 8)}
    assert start_of(Start(MINUTE), bounds, otherwise={}, at_most={}) == {0: 0, 1: 8}


def test_readers_windows_go_on_where_they_were_unless_the_topic_is_another() -> None:
    hour, listener = timedelta(hours=1), FinalWindows(Hub())
    assert listener.start("windows", "a") == Start(hour, {}, hour)
    listener.on_start("windows", "a", {0: 5, 1: 0})
    listener.on_windows([window(5)], {0: ReadTo(6)})
    assert listener.start("windows", "a") == Start(hour, {0: 6, 1: 0}, hour)
    assert listener.start("windows", "b") == Start(hour, {}, hour)
