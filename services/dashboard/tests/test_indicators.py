"""Indicators against figures worked out by hand, and against TA-Lib."""

import math

import numpy as np
import pytest
import talib
from conftest import NOON, bars_of, window
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.models.indicators import (
    MOST,
    OFFERED,
    Indicator,
    bollinger,
    ema,
    read,
    rsi,
    sma,
    vwap,
)

NAN = math.nan
CLOSES = np.array([10.0, 11.0, 12.0, 11.0, 13.0])
WALKS = st.lists(st.floats(1.0, 1000.0), max_size=120).map(np.array)
LENGTHS = st.integers(2, 30)


def is_about(values):
    return pytest.approx(values, nan_ok=True)


def test_a_simple_average_is_the_mean_of_the_last_bars():
    assert sma(CLOSES, 3) == is_about([NAN, NAN, 11.0, 34 / 3, 12.0])


def test_an_exponential_average_begins_with_a_mean_and_weighs_the_last_most():
    # 2 / (3 + 1) of each new one: 11, then half of 11 and 11, then half of 11 and 13
    assert ema(CLOSES, 3) == is_about([NAN, NAN, 11.0, 11.0, 12.0])


def test_bollinger_bands_are_deviations_of_all_the_bars_around_their_mean():
    low, high = bollinger(CLOSES, 3, 2.0)
    apart = 2 * math.sqrt(2 / 3)  # of 10, 11 and 12
    assert (low[2], high[2]) == (pytest.approx(11 - apart), pytest.approx(11 + apart))
    assert np.isnan(low[:2]).all()


def test_relative_strength_is_the_share_of_rises():
    # changes +1 +1 -1 +2: means of two 1 and 0; then 0.5 and 0.5; then 1.25 and 0.25
    assert rsi(CLOSES, 2) == is_about([NAN, NAN, 100.0, 50.0, 100 * 1.25 / 1.5])


def test_relative_strength_of_a_price_that_stands_still_is_in_the_middle():
    assert rsi(np.full(5, 7.0), 2) == is_about([NAN, NAN, 50.0, 50.0, 50.0])


def test_a_vwap_weighs_each_bar_with_its_volume_and_is_missing_where_one_is_unknown():
    traded = [(10.0, 1.0), (20.0, 3.0), (NAN, 2.0), (10.0, 1.0), (10.0, 0.0)]
    bars = bars_of(
        *(
            window(
                end=NOON.replace(minute=at),
                volume=volume,
                vwap=None if math.isnan(price) else price,
                max_price=20.0,
                min_price=10.0,
            )
            for at, (price, volume) in enumerate(traded)
        )
    )
    assert vwap(bars, 2) == is_about([NAN, 17.5, NAN, NAN, 10.0])
    assert vwap(bars, 1) == is_about([10.0, 20.0, NAN, 10.0, NAN])


@settings(deadline=None)
@given(WALKS, LENGTHS)
def test_all_are_what_ta_lib_makes_of_the_same(closes, length):
    closes = closes.astype(np.float64)
    if not len(closes):
        assert not len(sma(closes, length))
        return
    assert sma(closes, length) == is_about(talib.SMA(closes, length))
    assert ema(closes, length) == is_about(talib.EMA(closes, length))
    high, _, low = talib.BBANDS(closes, length, 2.0, 2.0)
    # TA-Lib takes the deviation out of sums of squares, which cancel where a price hardly moves.
    for mine, its in zip(bollinger(closes, length, 2.0), (low, high), strict=True):
        assert mine == pytest.approx(its, nan_ok=True, abs=1e-2)
    moved = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(closes)))]) > 0
    mine, its = rsi(closes, length)[moved], talib.RSI(closes, length)[moved]
    assert mine == pytest.approx(its, nan_ok=True, abs=1e-6)


@settings(deadline=None)
@given(st.sampled_from([it for it in OFFERED if it.kind != "vwap"]), st.integers(0, 100))
def test_with_the_bars_that_it_asks_for_more_before_them_change_nothing_to_be_seen(it, more):
    make = {
        "sma": sma,
        "ema": ema,
        "rsi": rsi,
        "bollinger": lambda of, length: bollinger(of, length, 2.0)[0],
    }[it.kind]
    closes = 100 + np.random.default_rng(7).normal(size=it.bars_before + 1 + more).cumsum()
    with_all, with_enough = (make(closes[begin:], it.length)[-1] for begin in (0, more))
    assert with_enough == pytest.approx(with_all, rel=1e-5)


@pytest.mark.parametrize(
    ("text", "written", "label"),
    [
        ("sma:20", "sma:20", "SMA 20"),
        ("EMA 9", "ema:9", "EMA 9"),
        (" rsi 14 ", "rsi:14", "RSI 14"),
        ("VWAP", "vwap:1", "VWAP"),
        ("bollinger:20:2.5", "bollinger:20:2.5", "Bollinger 20 2.5"),
        ("Bollinger 20", "bollinger:20:2", "Bollinger 20 2"),
    ],
)
def test_an_indicator_is_read_as_typed_and_as_in_the_address(text, written, label):
    (it,) = read([text])
    assert (it.written, it.label) == (written, label)
    assert read([it.written]) == read([it.label]) == (it,)


@pytest.mark.parametrize(
    "text", ["", "sma", "sma:0", "sma:1", "sma:401", "sma:-3", "macd:9", "rsi:1", "bollinger:20:0"]
)
def test_what_cannot_be_an_indicator_is_left_out(text):
    assert read([text, "sma:20"]) == (Indicator("sma", 20),)


@given(st.text(max_size=20))
def test_any_text_is_read_or_left_out(text):
    assert all((1 if it.kind == "vwap" else 2) <= it.length <= 400 for it in read([text]))


def test_there_are_only_so_many_and_each_once():
    many = [f"sma:{length}" for length in range(2, 30)]
    assert len(read(many)) == MOST
    assert len(read(["ema:9", "EMA 9"])) == 1
