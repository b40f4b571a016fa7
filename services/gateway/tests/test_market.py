"""The last trade and the open window equal a plain calculation over the trades themselves."""

import gc
import math
import statistics
import tracemalloc
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make import BEGIN, micros, trade

from contracts.dataset import COLUMNS
from contracts.kafka_damage import Damaged
from gateway.following.listener import ReadTo, Start, Trade
from gateway.live.market import Changes, Market, OpenWindow
from gateway.live.subscription import ALL_BUT_CANDLES, Wanted

LENGTH, SLIDE = timedelta(seconds=60), timedelta(seconds=5)
SECOND_US = 1_000_000
BEGIN_US = micros(BEGIN)


def market(*trades: Trade, reached: float | None = None) -> Market:
    """Give a market that has been given these trades of partition 0 at once."""
    made = Market(LENGTH, SLIDE, back=LENGTH)
    made.start("trades", "id")
    made.on_start("trades", "id", {0: 0})
    give(made, *trades, reached=reached)
    return made


def give(made: Market, *trades: Trade, reached: float | None = None) -> None:
    reached_us = max((it.event_us for it in trades), default=0)
    if reached is not None:
        reached_us = BEGIN_US + int(reached * SECOND_US)
    made.on_trades(list(trades), {0: ReadTo(trades[-1].offset + 1 if trades else 0, reached_us)})


def only(made: Market) -> OpenWindow:
    [window] = open_windows(made)
    return window


def open_windows(made: Market) -> list[OpenWindow]:
    """Give the open windows of a market that has not been asked since its last trades."""
    return list(changes(made).windows)


def changes(made: Market, wanted: Wanted = ALL_BUT_CANDLES) -> Changes:
    """Give all changes at once."""
    parts = zip(*made.take_changes(wanted), strict=True)
    return Changes(*(list(chain.from_iterable(part)) for part in parts))


def test_it_begins_as_far_back_as_open_windows_reach_and_with_so_many_records_at_least() -> None:
    made = Market(LENGTH, SLIDE, back=timedelta(seconds=90))
    assert made.start("trades", "id") == Start(timedelta(seconds=90), records=100_000)


def test_the_open_window_is_the_one_that_ends_next() -> None:
    window = only(market(trade(0, seconds=62)))
    assert window.start_us == BEGIN_US + 5 * SECOND_US
    assert window.end_us == BEGIN_US + 65 * SECOND_US
    assert window.offsets == {0: 1}


def test_a_window_is_over_with_the_first_event_at_its_end() -> None:
    assert only(market(trade(0, seconds=64.999999))).end_us == BEGIN_US + 65 * SECOND_US
    assert only(market(trade(0, seconds=65))).end_us == BEGIN_US + 70 * SECOND_US


def test_a_heartbeat_moves_the_open_window_on() -> None:
    made = market(trade(0, seconds=1), trade(1, seconds=30))
    changes(made)
    give(made, reached=61)
    [window] = changes(made).windows
    assert window.start_us == BEGIN_US + 5 * SECOND_US
    assert window.columns["event_count"] == 1


def test_a_candle_begins_with_its_bar_and_counts_what_is_in_it_so_far() -> None:
    made = market(trade(0, seconds=55, price=9.0), trade(1, seconds=61, price=10.0))
    give(made, trade(2, seconds=62, price=12.0), trade(3, seconds=119.9, price=11.0))
    give(made, trade(4, seconds=59, price=1.0), reached=119.9)  # late: of the candle before
    found = changes(made, Wanted(candles=None)).windows
    assert [it.kind for it in found] == ["open", "candle"]
    candle = found[1]
    assert candle.start_us == BEGIN_US + 60 * SECOND_US
    assert candle.end_us == BEGIN_US + 120 * SECOND_US
    names = ("open_price", "max_price", "min_price", "close_price", "event_count")
    assert [candle.columns[name] for name in names] == [10.0, 12.0, 10.0, 11.0, 3]
    assert candle.offsets == {0: 5}


def test_a_candle_is_over_at_its_end_until_there_is_a_trade_in_the_next() -> None:
    made = market(trade(0, seconds=1), trade(1, seconds=59))
    wanted = Wanted(candles=frozenset({"IBM"}))
    changes(made, wanted)
    give(made, reached=60)
    assert changes(made, wanted).over == [("candle", "IBM", "synthetic")]
    give(made, trade(2, seconds=60))
    [_, candle] = changes(made, wanted).windows
    assert (candle.start_us, candle.columns["event_count"]) == (BEGIN_US + 60 * SECOND_US, 1)


def test_a_candle_is_given_to_whom_it_is_new_although_nothing_has_changed() -> None:
    made = market(trade(0), trade(1, symbol="AAPL"))
    changes(made)
    wanted = Wanted(candles=frozenset({"IBM"}))
    _, windows, _ = changes(made, wanted)
    assert [(it.kind, it.symbol) for it in windows] == [("candle", "IBM")]
    assert changes(made, wanted).windows == []


def test_after_a_leap_a_candle_that_is_whole_is_given_before_the_open_window_is() -> None:
    made = market(trade(0, seconds=1))
    made.on_start("trades", "id", {0: 1000})
    give(made, trade(1000, seconds=101))
    wanted = Wanted(candles=None)
    assert changes(made, wanted).windows == []
    give(made, trade(1001, seconds=121))
    assert [it.kind for it in changes(made, wanted).windows] == ["candle"]


def test_after_a_clock_was_set_back_the_last_trade_is_the_one_that_came_last() -> None:
    made = market(trade(0, seconds=7200), trade(1, seconds=7199))
    give(made, trade(2, seconds=0, price=101.0))
    assert [it.price for it in chain.from_iterable(made.last_trades())] == [101.0]
    give(made, trade(3, seconds=1), trade(4, seconds=0.5))
    assert [it.event_id for it in chain.from_iterable(made.last_trades())] == ["run-3"]


def test_an_old_trade_that_is_read_again_or_is_of_another_partition_is_not_the_last() -> None:
    made = market(trade(0, seconds=0, price=99.0), trade(1, seconds=7200))
    made.on_start("trades", "id", {0: 0, 1: 0})
    give(made, trade(0, seconds=0, price=99.0))
    give(made, trade(7, seconds=0, partition=1, price=98.0))
    assert [it.price for it in chain.from_iterable(made.last_trades())] == [100.0]


def test_a_window_that_ends_without_another_behind_it_is_told_once() -> None:
    made = market(trade(0, seconds=1), trade(1, seconds=1, symbol="AAPL"))
    assert changes(made).over == []
    give(made, trade(2, seconds=70))
    assert changes(made).over == [("open", "AAPL", "synthetic")]
    assert changes(made).over == []


def full(monkeypatch: pytest.MonkeyPatch) -> Market:
    """Give a market that has room for ten symbols, and a trade of so many in its first seconds."""
    monkeypatch.setattr("gateway.live.market.MOST_SERIES", 10)
    made = market(*(trade(number, seconds=number, symbol=f"S{number}") for number in range(10)))
    changes(made)
    return made


def test_the_window_of_a_symbol_that_made_room_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    made = full(monkeypatch)
    give(made, trade(10, seconds=70, symbol="S10"))
    assert ("open", "S0", "synthetic") in changes(made).over


def test_a_symbol_without_room_is_left_out_until_one_has_no_open_window_and_has_whole_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = full(monkeypatch)
    give(made, trade(10, seconds=59, symbol="S10"))
    assert all(it.symbol != "S10" for it in changes(made).trades)
    give(made, trade(11, seconds=70, symbol="S10"))
    trades, windows, _ = changes(made)
    assert [it.symbol for it in trades] == ["S10"]
    assert windows == []  # it lacks the trade that was left out
    give(made, trade(12, seconds=120, symbol="S10"))
    [window] = changes(made).windows
    assert (window.symbol, window.columns["event_count"]) == ("S10", 2)


def test_it_is_over_also_where_it_was_another_when_the_symbol_made_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = full(monkeypatch)
    give(made, trade(10, symbol="S0"))
    give(made, trade(11, seconds=70, symbol="S10"))
    assert ("open", "S0", "synthetic") in changes(made).over


def test_a_window_without_trades_is_none() -> None:
    assert open_windows(market(trade(0, seconds=1), reached=70)) == []


def test_the_columns_of_a_window_worked_out_by_hand() -> None:
    window = only(
        market(
            trade(0, seconds=1, price=10.0, volume=1.0),
            trade(1, seconds=8, price=16.0, volume=None),
            trade(2, seconds=7, price=10.0, volume=2.0),
        )
    )
    expected = {
        "avg_price": 12.0,
        "max_price": 16.0,
        "min_price": 10.0,
        "open_price": 10.0,
        "close_price": 16.0,
        "stddev_price": pytest.approx(math.sqrt(12)),
        "volume": 3.0,
        "event_count": 3,
        "max_deviation_pct": pytest.approx(100 / 3),
        "vwap": 10.0,
    }
    assert {name: window.columns[name] for name in expected} == expected


def test_the_volume_of_alpha_vantage_is_the_largest_and_weighs_nothing() -> None:
    day = {"source": "alpha-vantage"}
    window = only(
        market(
            trade(0, seconds=1, volume=500.0, **day),
            trade(1, seconds=2, volume=900.0, **day),
            trade(2, seconds=9, volume=700.0, **day),
        )
    )
    assert (window.columns["volume"], window.columns["vwap"]) == (900.0, None)


def test_a_window_has_the_columns_of_the_dataset() -> None:
    named = {"symbol", "source", "window_start", "window_end"}
    expected = [column.name for column in COLUMNS if column.name not in named]
    assert list(only(market(trade(0))).columns) == expected


def test_the_last_trade_is_the_newest_by_event_time_and_among_equal_ones_the_later() -> None:
    made = market(
        trade(0, seconds=2, price=1.0), trade(1, seconds=1, price=2.0), trade(2, seconds=2, price=3)
    )
    assert [it.price for it in chain.from_iterable(made.last_trades())] == [3]


def test_two_sources_of_a_symbol_are_apart() -> None:
    made = market(trade(0), trade(1, source="binance"))
    assert [it.source for it in chain.from_iterable(made.last_trades())] == ["binance", "synthetic"]
    assert len(open_windows(made)) == 2


def test_a_symbol_that_went_to_another_partition_has_one_window_of_both() -> None:
    """As where partitions are added: it names how far each is read."""
    made = market(trade(0, seconds=1, price=10.0))
    made.on_trades(
        [trade(4, seconds=6, price=20.0, partition=1)], {1: ReadTo(5, BEGIN_US + 6 * SECOND_US)}
    )
    window = only(made)
    assert (window.columns["event_count"], window.columns["avg_price"]) == (2, 15.0)
    assert window.offsets == {0: 1, 1: 5}
    made.on_trades([], {1: ReadTo(6, BEGIN_US + 61 * SECOND_US)})
    [moved_on] = changes(made).windows
    assert moved_on.end_us == BEGIN_US + 65 * SECOND_US
    assert (moved_on.columns["event_count"], moved_on.columns["avg_price"]) == (1, 20.0)
    assert moved_on.offsets == {0: 1, 1: 6}


def test_changes_are_given_once() -> None:
    made = market(trade(0))
    assert [len(part) for part in changes(made)] == [1, 1, 0]
    assert [len(part) for part in changes(made)] == [0, 0, 0]


def test_a_symbol_that_made_room_and_is_back_before_the_next_look_has_its_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.live.market.MOST_SERIES", 10)
    made = market(*(trade(it, symbol=f"S{it}", seconds=it / 10) for it in range(10)))
    _, first = made.take_changes()
    give(made, trade(10, symbol="S10", seconds=70))  # S0 makes room for it
    give(made, trade(11, symbol="S0", seconds=70.1))  # and S1 for this one
    _, windows, over = changes(made)
    assert len(first.windows) == 10
    assert {symbol for _, symbol, _ in over} == {f"S{it}" for it in range(1, 10)}
    assert [it.symbol for it in windows] == ["S10", "S0"]


def test_changes_are_of_the_symbols_that_are_wanted_and_of_a_new_one_what_it_has() -> None:
    made = market(trade(0), trade(1, symbol="AAPL"))

    def given(*wanted: str) -> tuple[list[str], list[str]]:
        trades, windows, _ = changes(made, Wanted(frozenset(wanted)))
        return [it.symbol for it in trades], [it.symbol for it in windows]

    assert given("IBM") == (["IBM"], ["IBM"])
    assert given("IBM") == ([], [])
    assert given("IBM", "AAPL") == (["AAPL"], ["AAPL"])
    assert given() == ([], [])
    trades, windows, _ = changes(made)
    assert (len(trades), len(windows)) == (2, 2)


def test_symbols_that_never_end_take_no_more_room_while_nobody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.live.market.MOST_SERIES", 100)
    made = market()
    tracemalloc.start()
    try:
        for number in range(5000):
            give(made, trade(number, symbol=f"S{number}"))
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 300_000
    assert len(changes(made).trades) <= 100


def test_after_a_leap_windows_that_began_before_it_are_not_given() -> None:
    made = market(trade(0, seconds=1))
    made.on_start("trades", "id", {0: 1000})
    give(made, trade(1000, seconds=101))
    assert open_windows(made) == []
    give(made, trade(1001, seconds=161))  # the window that begins at 105 s is whole
    assert only(made).columns["event_count"] == 1


def test_windows_that_began_before_the_first_trade_that_is_read_are_not_given() -> None:
    made = Market(LENGTH, SLIDE, back=LENGTH)
    made.start("trades", "id")
    made.on_start("trades", "id", {0: 1000})
    give(made, trade(1000, seconds=101), trade(1001, seconds=130))
    assert open_windows(made) == []
    give(made, trade(1002, seconds=161))  # of those read at once, the first counts: 101 s
    assert only(made).columns["event_count"] == 2


def test_windows_of_which_trades_are_damaged_are_not_given() -> None:
    made = market(trade(0, seconds=1))
    made.on_damage("trades", Damaged(0, 1, 5))
    give(made, trade(6, seconds=2))
    assert open_windows(made) == []
    give(made, trade(7, seconds=62))  # the window that begins at 5 s is whole
    assert only(made).columns["event_count"] == 1


def test_what_is_opened_anew_is_counted_anew() -> None:
    made = market(trade(0, seconds=1))
    made.start("trades", "id")
    made.on_start("trades", "id", {0: 0})
    give(made, trade(0, seconds=1), trade(1, seconds=2))
    assert only(made).columns["event_count"] == 2


def plain(trades: list[Trade]) -> dict[str, Any]:
    """Calculate a window's columns from all its trades, in another way."""
    ordered = sorted(trades, key=lambda it: it.event_us)
    prices = [it.price for it in trades]
    volumes = [it.volume for it in trades if it.volume is not None]
    traded = [it for it in trades if it.volume]
    mean = math.fsum(prices) / len(prices)
    turnover = math.fsum(it.price * it.volume for it in traded if it.volume)
    return {
        "avg_price": mean,
        "max_price": max(prices),
        "min_price": min(prices),
        "open": {it.price for it in trades if it.event_us == ordered[0].event_us},
        "close": {it.price for it in trades if it.event_us == ordered[-1].event_us},
        "stddev_price": statistics.stdev(prices) if len(prices) > 1 else None,
        "volume": math.fsum(volumes) if volumes else None,
        "event_count": len(trades),
        "max_deviation_pct": max(0.0, 100 * (max(prices) - mean) / mean),
        "vwap": turnover / math.fsum(volumes) if traded else None,
    }


QUOTES = st.lists(
    st.tuples(
        st.sampled_from(["IBM", "AAPL"]),
        st.integers(0, 200 * 10).map(lambda tenth: tenth / 10),
        st.floats(1, 1000),
        st.none() | st.floats(0.01, 1e6) | st.just(0.0),
    ),
    min_size=1,
    max_size=60,
)


@given(QUOTES, st.integers(1, 10))
def test_open_windows_equal_a_plain_calculation_however_the_trades_come(
    quotes: list[Any], at_once: int
) -> None:
    trades = [
        trade(number, seconds=seconds, symbol=symbol, price=price, volume=volume)
        for number, (symbol, seconds, price, volume) in enumerate(quotes)
    ]
    made = market()
    reached_us = 0
    for begin in range(0, len(trades), at_once):
        some = trades[begin : begin + at_once]
        reached_us = max(reached_us, *(it.event_us for it in some))
        made.on_trades(some, {0: ReadTo(some[-1].offset + 1, reached_us)})
    end_us = (reached_us // (5 * SECOND_US) + 1) * 5 * SECOND_US
    inside = [it for it in trades if end_us - 60 * SECOND_US <= it.event_us < end_us]
    windows = {it.symbol: it for it in open_windows(made)}
    assert set(windows) == {it.symbol for it in inside}
    for symbol, window in windows.items():
        expected = plain([it for it in inside if it.symbol == symbol])
        assert (window.end_us, window.offsets) == (end_us, {0: len(trades)})
        found = dict(window.columns)
        assert found.pop("open_price") in expected.pop("open")
        assert found.pop("close_price") in expected.pop("close")
        for column, value in expected.items():
            close = value if value is None else pytest.approx(value, rel=1e-9, abs=1e-6)
            assert found[column] == close, column
