"""Bars lose no extreme, however they are merged."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from conftest import MINUTE, NOON, SECOND, bars_of, table, window
from hypothesis import given
from hypothesis import strategies as st

from contracts.times import from_us
from dashboard.store.bars import EMPTY, MINUTE_US, add, join
from dashboard.store.keys import Keys
from dashboard.store.merging import merge
from dashboard.store.tiers import Tiers
from dashboard.store.windows import from_windows

NOON_US = int(NOON.timestamp()) * 1_000_000
DAY_US = 1440 * MINUTE_US


def same(one, other):
    for name in one.__slots__:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12)
    return True


def test_a_window_is_a_bar():
    it = bars_of(window(average=100.0, close_price=99.0))
    assert it.end.tolist() == [NOON_US]
    assert it.start.tolist() == [NOON_US - MINUTE_US]
    assert (it.average[0], it.high[0], it.low[0], it.close[0]) == (100.0, 101.0, 99.0, 99.0)


def test_each_window_is_there_once_in_order_of_its_end():
    rows = [window(end=NOON - at * SECOND, average=100.0 + at) for at in (3, 1, 2, 1)]
    assert bars_of(*rows).average.tolist() == [103.0, 102.0, 101.0]


def test_windows_of_the_same_end_and_another_length_are_two():
    assert len(bars_of(window(), window(length=2 * MINUTE))) == 2


def test_only_windows_that_do_not_overlap_make_candles():
    rows = [window(end=NOON + at * 5 * SECOND) for at in range(25)]
    candles = bars_of(*rows).candle_start
    assert (np.flatnonzero(~np.isnan(candles)) * 5).tolist() == [0, 60, 120]


def test_a_merged_bar_has_the_extremes_and_when_they_were():
    rows = [
        window(end=NOON - 10 * SECOND, average=90.0, max_deviation_pct=3.0, max_price=95.0),
        window(end=NOON - 5 * SECOND, average=110.0, min_price=50.0),
        window(end=NOON, average=100.0, max_price=200.0, close_price=101.0),
    ]
    it = merge(bars_of(*rows), MINUTE_US)
    assert len(it) == 1
    assert (it.average[0], it.close[0]) == (100.0, 101.0)
    assert (it.average_low[0], it.average_low_at[0]) == (90.0, NOON_US - 10_000_000)
    assert (it.average_high[0], it.average_high_at[0]) == (110.0, NOON_US - 5_000_000)
    assert (it.low[0], it.high[0]) == (50.0, 200.0)
    assert (it.deviation[0], it.peak[0]) == (3.0, 95.0)


@pytest.mark.parametrize(
    ("name", "lows", "minutes_ago"),
    [("avg_price", [103.0, 101.0], [2, 0]), ("max_deviation_pct", [102.0, 100.0], [3, 1])],
)
def test_a_figure_that_is_no_number_spoils_no_other(name, lows, minutes_ago):
    rows = [window(end=NOON - at * MINUTE, average=100.0 + at) for at in range(4)]
    rows[0][name] = rows[2][name] = np.nan
    it = merge(bars_of(*rows), 2 * MINUTE_US)
    assert it.average_low.tolist() == lows
    assert it.deviation_at.tolist() == [NOON_US - at * MINUTE_US for at in minutes_ago]
    assert {len(getattr(it, name)) for name in it.__slots__} == {2}


def test_a_candle_of_several_opens_with_the_first_and_adds_their_volume():
    rows = [
        window(end=NOON - 2 * MINUTE, open_price=1.0, volume=5.0, event_count=2),
        window(end=NOON - MINUTE, max_price=300.0, volume=None, event_count=3),
        window(end=NOON, close_price=7.0, volume=6.0, event_count=4),
    ]
    it = merge(bars_of(*rows), 5 * MINUTE_US)
    assert (it.candle_open[0], it.candle_close[0], it.candle_high[0]) == (1.0, 7.0, 300.0)
    assert (it.volume[0], it.quotes[0]) == (11.0, 9)


def test_a_candle_that_is_there_twice_counts_once():
    one = merge(bars_of(window(volume=5.0), window(end=NOON - 5 * SECOND)), MINUTE_US)
    assert merge(join([one, one]), MINUTE_US).volume.tolist() == [5.0]


def of_a_change(old, new, at, until, symbol="IBM"):
    """Give windows of one quote a second, sliding by 5 s, whose length changes: all in minutes.

    Those of the old length end until the change, those of the new one after it.
    """
    ends = [(old, end) for end in range(-3600, 60 * at + 1, 5)]
    ends += [(new, end) for end in range(60 * at + 5, 60 * until + 1, 5)]
    return [
        window(
            symbol,
            NOON + end * SECOND,
            length=length * MINUTE,
            volume=60.0 * length,
            event_count=60 * length,
        )
        for length, end in ends
    ]


@pytest.mark.parametrize(
    ("old", "new", "at", "counted"),
    [
        (1, 5, 7, 60),  # the window of 12:05 to 12:10 has the minutes 12:05 and 12:06, too
        (1, 15, 7, 60),
        (1, 60, 7, 60),
        (5, 1, 7, 58),  # that of 12:05 to 12:10 is never final: 12:05 and 12:06 are in none
        (2, 5, 7, 59),  # that of 12:04 to 12:06, too, lies in it in part
        (5, 15, 11, 60),
    ],
)
@pytest.mark.parametrize("steps", [(), (1,), (1, 15)])
def test_no_quote_counts_twice_where_the_length_of_windows_was_changed(
    old, new, at, counted, steps
):
    bars = bars_of(*of_a_change(old, new, at, 60))
    for minutes in (*steps, 60):
        bars = merge(bars, minutes * MINUTE_US)
    assert bars.quotes[-1] == bars.volume[-1] == 60 * counted


def test_what_is_held_of_a_change_of_the_windows_length_is_the_same_however_it_came():
    bars = bars_of(*of_a_change(2, 5, 7, 30))
    at_once, in_steps = Tiers().grown(bars, 0, 0), Tiers()
    for begin in range(0, len(bars), 12):
        in_steps = in_steps.grown(bars.take(slice(begin, begin + 12)), 0, 0)
    assert same(in_steps.minutes, at_once.minutes)
    ends = at_once.minutes.candle_end
    minutes = (ends[~np.isnan(ends)] - NOON_US) / MINUTE_US
    assert minutes.tolist()[-8:] == [2, 4, 6, 10, 15, 20, 25, 30]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["IBM", "AAPL"]), st.sampled_from([1, 2, 5, 15]), st.integers(0, 120)
        ),
        min_size=1,
    ),
    st.sampled_from([(60,), (1, 60), (1, 15, 60), (30, 120)]),
)
def test_candles_never_overlap_and_what_is_in_none_is_in_one_that_ends_later(found, steps):
    rows = [
        window(symbol, NOON + number * length * MINUTE, length=length * MINUTE)
        for symbol, length, number in found
    ]
    keys = Keys()
    bars = from_windows(table(*rows), keys)
    merged = bars
    for minutes in steps:
        merged = merge(merged, minutes * MINUTE_US)
    for code in keys.among([bars.key]).values():
        its = merged.of(code)
        its = its.take(np.flatnonzero(~np.isnan(its.candle_start)))
        assert (its.candle_start[1:] >= its.candle_end[:-1]).all()
        assert its.quotes.sum() <= len(bars.of(code))
        assert its.candle_end.max() == bars.of(code).end.max()


def test_the_vwap_of_a_candle_weighs_those_of_its_windows_with_their_volumes():
    rows = [
        window(end=NOON - 3 * MINUTE, vwap=10.0, volume=1.0, min_price=5.0),
        window(end=NOON - 2 * MINUTE, vwap=None, volume=None),
        window(end=NOON - MINUTE, vwap=None, volume=0.0),
        window(end=NOON, vwap=20.0, volume=3.0),
    ]
    it = merge(bars_of(*rows), 5 * MINUTE_US)
    assert it.candle_vwap.tolist() == [17.5]  # (10 * 1 + 20 * 3) / (1 + 3)
    assert it.vwap.tolist() == [20.0]


@pytest.mark.parametrize("row", [{"volume": None}, {"volume": 0.0}, {"volume": 5.0}])
def test_a_candle_has_no_vwap_where_one_is_unknown_or_nothing_was_traded(row):
    it = bars_of(window(vwap=None, **row))
    assert np.isnan(it.candle_vwap[0])
    both = join([bars_of(window(end=NOON - MINUTE, vwap=100.0, volume=1.0)), it])
    assert np.isnan(merge(both, 5 * MINUTE_US).candle_vwap[0]) == (row["volume"] == 5.0)


def test_the_vwap_of_a_candle_of_equal_prices_is_that_price():
    row = {"average": 0.1, "min_price": 0.1, "max_price": 0.1, "vwap": 0.1}
    rows = [window(end=NOON - at * MINUTE, volume=0.1 + at, **row) for at in range(5)]
    assert merge(bars_of(*rows), 5 * MINUTE_US).candle_vwap.tolist() == [0.1]


def test_no_volume_stays_none():
    assert np.isnan(merge(bars_of(window(), window(end=NOON - MINUTE)), DAY_US).volume[0])


def test_added_windows_are_there_once():
    bars = bars_of(window(), window(end=NOON + MINUTE))
    both, fresh = add(bars, bars_of(window(), window(end=NOON - MINUTE)))
    assert [from_us(it) for it in both.end] == [NOON - MINUTE, NOON, NOON + MINUTE]
    assert [from_us(it) for it in fresh.end] == [NOON - MINUTE]


def test_between_excludes_the_first_bound_and_includes_the_last():
    bars = bars_of(*(window(end=NOON + at * MINUTE) for at in range(4)))
    assert len(bars.between(NOON_US, NOON_US + 2 * MINUTE_US)) == 2
    assert len(bars.between(None, None)) == 4
    assert len(bars.between(NOON_US + DAY_US, NOON_US)) == 0


def test_nothing_merges_to_nothing():
    assert len(merge(EMPTY, MINUTE_US)) == 0
    assert len(join([])) == 0


def test_of_a_volume_that_is_the_day_s_so_far_a_bar_has_the_largest():
    """As Alpha Vantage has it: the sum would count the same shares again and again."""
    ends = [NOON + at * MINUTE for at in (1, 2, 3, 4)]
    volumes = (500.0, 900.0, 700.0, None)
    for source, expected in (("alpha-vantage", [900.0]), ("finnhub", [2100.0])):
        rows = [
            window(end=end, volume=volume, source=source)
            for end, volume in zip(ends, volumes, strict=True)
        ]
        minutes = bars_of(*rows)
        assert merge(minutes, 15 * MINUTE_US).volume.tolist() == expected
        assert merge(merge(minutes, 2 * MINUTE_US), 15 * MINUTE_US).volume.tolist() == expected
    assert np.isnan(merge(bars_of(window(source="alpha-vantage")), DAY_US).volume).all()


def test_windows_are_parted_by_symbol_and_source():
    rows = [window("IBM"), window("AAPL"), window("IBM", source="finnhub"), window("IBM")]
    keys = Keys()
    bars = from_windows(table(*rows), keys)
    there = keys.among([bars.key])
    assert {key: len(bars.of(code)) for key, code in there.items()} == {
        ("IBM", "synthetic"): 1,
        ("AAPL", "synthetic"): 1,
        ("IBM", "finnhub"): 1,
    }


ROWS = st.lists(
    st.tuples(st.integers(0, 200), st.floats(1, 1e6), st.floats(0, 50)),
    min_size=1,
    max_size=80,
    unique_by=lambda row: row[0],
)


def windows(rows, symbol="IBM"):
    return [
        window(
            symbol,
            NOON + at * 5 * SECOND,
            average=average,
            max_price=average + over,
            max_deviation_pct=over,
            volume=float(at),
            vwap=average if at else None,
        )
        for at, average, over in rows
    ]


def made(rows):
    return from_windows(table(*windows(rows)), Keys())


@given(ROWS, st.integers(1, 5), st.integers(1, 6))
def test_merging_in_steps_is_merging_at_once(rows, minutes, times):
    bars = made(rows)
    at_once = merge(bars, minutes * times * MINUTE_US)
    in_steps = merge(merge(bars, minutes * MINUTE_US), minutes * times * MINUTE_US)
    assert same(in_steps, at_once)


@given(ROWS, st.lists(st.integers(0, 80), max_size=4))
def test_merging_parts_is_merging_all(rows, cuts):
    bars = made(rows)
    bounds = [0, *sorted(min(cut, len(bars)) for cut in cuts), len(bars)]
    parts = [merge(bars.take(slice(*both)), MINUTE_US) for both in pairwise(bounds)]
    merged = merge(join(parts[::-1]), MINUTE_US)
    assert same(merged, merge(bars, MINUTE_US))


@given(st.lists(ROWS, min_size=2, max_size=4), st.integers(1, 5))
def test_merging_those_of_many_symbols_is_merging_each_alone(of_each, minutes):
    alone = [merge(made(rows), minutes * MINUTE_US) for rows in of_each]
    symbols = [f"S{at}" for at in range(len(of_each))]
    rows = [
        row for symbol, rows in zip(symbols, of_each, strict=True) for row in windows(rows, symbol)
    ]
    keys = Keys()
    together = merge(from_windows(table(*rows), keys), minutes * MINUTE_US)
    assert (np.diff(together.end) >= 0).all()
    codes = keys.among([together.key])
    for symbol, expected in zip(symbols, alone, strict=True):
        found = together.of(codes[symbol, "synthetic"])
        assert same(replace(found, key=np.zeros_like(found.key)), expected)


@given(ROWS, st.integers(1, 30))
def test_no_extreme_is_lost(rows, minutes):
    bars, merged = made(rows), merge(made(rows), minutes * MINUTE_US)
    assert merged.average_high.max() == bars.average.max()
    assert merged.average_low.min() == bars.average.min()
    assert merged.high.max() == bars.high.max()
    assert merged.low.min() == bars.low.min()
    assert merged.deviation.max() == bars.deviation.max()
    assert np.nansum(merged.volume) == np.nansum(bars.volume)
    assert merged.close[-1] == bars.close[-1]
    assert (np.diff(merged.end) > 0).all()
