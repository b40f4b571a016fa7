"""How long candles are, which of them are shown, and which are complete."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from conftest import DAY, HOUR, MINUTE, NOON, SECOND, snapshot_of, window

from contracts.times import to_us
from dashboard.models.candles import candle_us, candles_of, offered
from dashboard.models.ranges import Range
from dashboard.store.bars import MINUTE_US

KEY = ("IBM", "synthetic")


def minutes(count, *, end=NOON, length=MINUTE, **others):
    return [window(end=end - at * length, length=length, **others) for at in range(count)]


def without(rows, *ends):
    return [it for it in rows if it["window_end"] not in ends]


def made(rows, *, after, until=NOON, width=5, before=0, key=KEY):
    shown = Range("custom", after, until)
    return candles_of(snapshot_of(*rows), key, shown, width * MINUTE_US, before)


@pytest.mark.parametrize(
    ("length_us", "names"),
    [
        (MINUTE_US, ["1m", "5m", "15m", "1h", "4h", "1d"]),
        (10_000_000, ["1m", "5m", "15m", "1h", "4h", "1d"]),
        (2 * MINUTE_US, ["2m", "1h", "4h", "1d"]),
        (90 * MINUTE_US, ["90m", "1d"]),
        (120 * MINUTE_US, ["2h", "4h", "1d"]),
        (7 * 1440 * MINUTE_US, []),
        (7_000_000, []),
        (60 * MINUTE_US, ["1h", "4h", "1d"]),
    ],
)
def test_bars_are_whole_multiples_of_a_window(length_us, names):
    assert list(offered(length_us)) == names


def test_the_length_of_a_window_is_that_of_the_newest():
    rows = minutes(1, end=NOON - 5 * MINUTE) + minutes(1, length=10 * SECOND)
    assert snapshot_of(*rows).window_us == 10_000_000


@pytest.mark.parametrize(
    ("days", "bar", "chosen"),
    [(1 / 24, "1m", 1), (1 / 24, "15m", 15), (1, "1m", 1), (7, "1m", 15), (7, "1h", 60)],
)
def test_a_bar_is_longer_where_there_would_be_too_many(days, bar, chosen):
    rows = minutes(1) + minutes(1, end=NOON - timedelta(days=40))
    shown = Range("custom", NOON - timedelta(days=days), NOON)
    assert candle_us(snapshot_of(*rows), shown, bar) == chosen * MINUTE_US


def test_a_bar_that_windows_cannot_make_is_as_suits_the_range():
    snapshot = snapshot_of(*minutes(3, length=2 * MINUTE))
    shown = Range("custom", NOON - 60 * MINUTE, NOON)
    assert candle_us(snapshot, shown, "1m") == candle_us(snapshot, shown, None)


@pytest.mark.parametrize(
    ("length", "span", "chosen"),
    [
        (10 * SECOND, 60 * MINUTE, 1),
        (MINUTE, 60 * MINUTE, 1),
        (MINUTE, 4 * HOUR, 5),
        (2 * MINUTE, 60 * MINUTE, 2),
        (2 * MINUTE, 6 * HOUR, 4),
        (2 * MINUTE, 150 * HOUR, 120),
        (2 * MINUTE, 400 * DAY, 10_080),
        (2 * MINUTE, 4000 * DAY, 31 * 1440),
        (MINUTE, 1826 * DAY, 15 * 1440),
        (7 * MINUTE, 4000 * DAY, 44_310),
        (5 * MINUTE, 60 * MINUTE, 5),
        (HOUR, 15 * MINUTE, 60),
        (HOUR, 24 * HOUR, 60),
        (7 * HOUR, 24 * HOUR, 420),
        (90 * SECOND, 60 * MINUTE, 2),
    ],
)
def test_a_bar_that_suits_the_range_is_of_whole_windows(length, span, chosen):
    snapshot = snapshot_of(*minutes(3, length=length))
    assert candle_us(snapshot, Range("custom", NOON - span, NOON), None) == chosen * MINUTE_US


def test_the_shortest_bar_is_a_window_of_whole_minutes():
    snapshot = snapshot_of(*minutes(3, length=2 * MINUTE))
    shown = Range("custom", NOON - 60 * MINUTE, NOON)
    assert candle_us(snapshot, shown, "2m") == 2 * MINUTE_US


def test_the_first_candle_of_a_range_is_of_all_its_windows():
    it = made(minutes(20), after=NOON - 8 * MINUTE)
    assert it.shown.quotes.tolist() == [5.0, 5.0]
    assert it.whole.tolist() == [True, True]


def test_candles_before_the_range_are_there_for_indicators_and_not_shown():
    it = made(minutes(60), after=NOON - 10 * MINUTE, before=4)
    assert (len(it.bars), it.first, len(it.shown)) == (6, 4, 2)


@pytest.mark.parametrize("width", [1, 5])
def test_a_night_without_candles_is_no_bar_for_indicators(width):
    rows = minutes(60, end=NOON - 18 * HOUR) + minutes(30)
    after = NOON - 10 * MINUTE
    it = made(rows, after=after, width=width, before=40 // width)
    assert it.first >= 40 // width
    assert len(it.shown) == 10 // width
    it = made(rows, after=after, width=width, before=200)  # all that there are
    assert (it.first, len(it.shown)) == (80 // width, 10 // width)


def test_bars_that_indicators_would_take_from_before_all_years_are_not_looked_for():
    long = timedelta(days=700) // SECOND // 60
    it = made(minutes(60), after=NOON - timedelta(days=20_000), width=long, before=6000)
    assert (len(it.bars), it.first) == (1, 0)


def test_candles_of_which_a_part_is_not_there_are_not_complete():
    it = made(minutes(23, end=NOON + 3 * MINUTE), after=NOON - 10 * MINUTE, until=NOON + 3 * MINUTE)
    assert it.whole.tolist() == [True, True, False]
    it = made(minutes(12), after=NOON - 15 * MINUTE)
    assert it.whole.tolist() == [False, True, True]


def test_a_candle_that_the_range_ends_in_is_not_complete():
    it = made(minutes(20), after=NOON - 10 * MINUTE, until=NOON - 2 * MINUTE)
    assert it.whole.tolist() == [True, False]


def test_a_candle_that_began_before_its_symbol_came_is_not_complete():
    rows = minutes(20, symbol="AAPL") + minutes(7)
    assert made(rows, after=NOON - 10 * MINUTE).whole.tolist() == [False, True]
    assert made(rows, after=NOON - 10 * MINUTE, key=("AAPL", "synthetic")).whole.all()


def test_the_first_window_of_a_symbol_is_not_complete():
    it = made(minutes(4), after=NOON - 10 * MINUTE, width=1)
    assert it.whole.tolist() == [False, True, True, True]


def test_a_candle_of_a_time_without_any_quotes_is_not_complete():
    it = made(without(minutes(20), NOON - 7 * MINUTE), after=NOON - 15 * MINUTE)
    assert it.whole.tolist() == [True, False, True]


def test_windows_beside_a_time_without_any_quotes_are_not_complete():
    it = made(without(minutes(20), NOON - 3 * MINUTE), after=NOON - 6 * MINUTE, width=1)
    assert it.ends.tolist() == [to_us(NOON - at * MINUTE) for at in (5, 4, 2, 1, 0)]
    assert it.whole.tolist() == [True, False, False, True, True]


def test_where_the_length_of_windows_was_changed_a_candle_has_no_quote_twice():
    begin = NOON - 60 * MINUTE
    rows = minutes(60, end=begin) + minutes(7, end=begin + 7 * MINUTE)
    rows += minutes(11, end=NOON, length=5 * MINUTE, event_count=5)  # the first from 5 to 10
    it = made(rows, after=begin - 15 * MINUTE, width=15)
    assert it.shown.quotes.tolist() == [15.0] * 5
    assert it.whole.all()
    assert made(rows, after=begin, width=5).shown.quotes.tolist() == [5.0] * 12


def test_a_candle_that_a_change_of_the_windows_length_leaves_a_hole_in_is_not_complete():
    begin = NOON - 15 * MINUTE
    rows = minutes(9, end=begin + 5 * MINUTE, length=5 * MINUTE, event_count=5)
    rows += minutes(8)  # from 7 on: the window of 5 to 10 was never final
    it = made(rows, after=begin - 15 * MINUTE, width=15)
    assert it.shown.quotes.tolist() == [15.0, 13.0]
    assert it.whole.tolist() == [True, False]


@pytest.mark.parametrize(
    ("width", "quotes", "whole"),
    [
        (15, [16.0, 14.0, 15.0], [True, False, True]),
        (5, [4.0, 5.0, 5.0, 5.0], [False, True, True, True]),
    ],
)
def test_a_candle_that_lacks_a_part_of_a_window_of_another_length_is_not_complete(
    width, quotes, whole
):
    """11:44 is in the window from 11:44 to 11:46, which that from 11:45 to 11:50 overlaps."""
    rows = minutes(60, end=NOON - 14 * MINUTE, length=2 * MINUTE, event_count=2)
    rows += minutes(3, length=5 * MINUTE, event_count=5)
    for source in ("synthetic", "replay"):
        its = [row | {"source": source} for row in rows]
        after = NOON - (45 if width == 15 else 20) * MINUTE
        it = made(its, after=after, width=width, key=("IBM", source))
        assert it.shown.quotes.tolist() == quotes
        assert it.whole.tolist() == whole


def test_quotes_that_have_ended_leave_the_last_candle_not_complete():
    rows = minutes(17, end=NOON - 3 * MINUTE) + minutes(20, source="binance")
    assert made(rows, after=NOON - 10 * MINUTE).whole.tolist() == [True, False]


def test_a_time_without_any_quotes_is_found_in_bars_of_a_quarter_too():
    snapshot = snapshot_of(*minutes(150), *minutes(30, end=NOON - 180 * MINUTE))
    [(day, tiers)] = snapshot.days
    snapshot = replace(snapshot, days=((day, tiers.bounded(0, to_us(NOON), 0)),))
    shown = Range("custom", NOON - 240 * MINUTE, NOON)
    it = candles_of(snapshot, KEY, shown, 60 * MINUTE_US, 0)
    assert it.whole.tolist() == [False, False, True, True]


def test_a_quiet_symbol_has_complete_candles():
    rows = without(minutes(20), NOON - 7 * MINUTE) + minutes(20, symbol="AAPL")
    assert made(rows, after=NOON - 15 * MINUTE).whole.all()


def whole(source, end):
    """Tell which of three candles are complete, with a minute missing in the second."""
    rows = without(minutes(20, end=end, source=source), end - 7 * MINUTE)
    return made(rows, after=end - 15 * MINUTE, until=end, key=("IBM", source)).whole.tolist()


@pytest.mark.parametrize("source", ["replay", "alpha-vantage", "another"])
def test_what_windows_do_not_tell_to_be_missed_leaves_candles_complete(source):
    assert whole(source, datetime(2026, 3, 2, 17, tzinfo=UTC)) == [True, True, True]


@pytest.mark.parametrize(
    ("end", "is_missed"),
    [
        (datetime(2026, 3, 2, 17, tzinfo=UTC), True),
        (datetime(2026, 7, 6, 17, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 12, tzinfo=UTC), False),  # before the exchange opens, 7:00
        (datetime(2026, 3, 2, 14, 35, tzinfo=UTC), False),  # the minute before it does, 9:27
        (datetime(2026, 3, 2, 14, 40, tzinfo=UTC), True),  # 9:33
        (datetime(2026, 3, 2, 21, 5, tzinfo=UTC), True),  # 15:58
        (datetime(2026, 3, 2, 21, 10, tzinfo=UTC), False),  # 16:03
        (datetime(2026, 11, 27, 17, tzinfo=UTC), True),  # the Friday after Thanksgiving
        (datetime(2026, 11, 27, 19, tzinfo=UTC), False),  # from 13:00 on it is closed
    ],
)
def test_what_was_missed_in_the_hours_of_an_exchange_leaves_a_candle_not_complete(end, is_missed):
    assert whole("finnhub", end) == [True, not is_missed, True]


def test_the_night_between_two_days_of_an_exchange_is_not_missed():
    days = [datetime(2026, 3, day, 21, tzinfo=UTC) for day in (2, 3)]
    rows = [it for end in days for it in minutes(30, end=end, source="finnhub")]
    it = made(rows, after=days[0] - 10 * MINUTE, until=days[1], key=("IBM", "finnhub"))
    assert it.whole.all()


def test_quotes_that_come_every_third_minute_make_complete_candles():
    assert made(minutes(60)[::3], after=NOON - 50 * MINUTE).whole.all()


def test_no_window_makes_no_candle():
    it = made(minutes(1), after=NOON - timedelta(days=2), until=NOON - timedelta(days=1))
    assert (len(it.bars), it.first) == (0, 0)
    assert np.all(it.whole)
