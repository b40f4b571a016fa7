"""The address keeps the view."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from conftest import NOON, NOW, snapshot_of, window
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.charts.figure import Frame
from dashboard.models.address import (
    SYMBOL,
    SYMBOLS,
    choice,
    chosen_sources,
    chosen_symbol,
    chosen_symbols,
    chosen_theme,
    query_of,
    with_theme,
    written,
)
from dashboard.models.candles import candle_us, candles_of
from dashboard.models.ranges import ALL, CUSTOM, LABELS, SPANS, default_range, range_of
from dashboard.models.zones import zone_of
from dashboard.theme import palette

CUSTOM_DAY = {"range": "custom", "from": "2026-03-01T00:00Z", "to": "2026-03-02T00:00Z"}

THERE = ["IBM", "AAPL", "MSFT"]


def test_each_range_has_a_label():
    assert list(LABELS) == [*SPANS, ALL, CUSTOM]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ({}, None),
        ({"range": "6h"}, "6h"),
        ({"range": "7y"}, None),
        (CUSTOM_DAY, "custom"),
        ({"range": "custom"}, None),
        (CUSTOM_DAY | {"to": "never"}, None),
        (CUSTOM_DAY | {"to": "2026-03-01T00:00Z"}, None),
    ],
)
def test_the_range_is_the_addresss_where_it_means_one(address, found):
    assert choice(address).range == found


def test_what_is_not_in_the_address_has_a_default():
    found = choice({"every": "0.001", "page": "secret", "tz": "mars", "chart": "pie"})
    assert (found.page, found.chart, found.every_s, found.paused, found.zone) == (
        "market",
        "lines",
        1,
        False,
        "utc",
    )


def test_all_that_is_chosen_is_in_the_address():
    asked = {"page": "pipeline", "chart": "heat", "every": "15", "paused": "1", "tz": "market"}
    found = choice(asked)
    assert (found.page, found.chart, found.every_s, found.paused, found.zone) == (
        "pipeline",
        "heat",
        15,
        True,
        "market",
    )


def test_times_in_the_address_are_written_in_utc_to_the_minute():
    assert written(datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)) == "2026-03-02T12:34Z"


@pytest.mark.parametrize(
    "begin",
    ["2026-03-01T05:00+05:00", "2026-03-01T05:00 05:00", "2026-03-01 00:00", "2026-03-01"],
)
def test_times_in_the_address_are_read_as_people_type_them(begin):
    found, end = choice(CUSTOM_DAY | {"from": begin}).custom
    assert (found, end) == (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))


def test_ranges_count_back_from_the_newest_window():
    snapshot = snapshot_of(window(), window(end=NOON - timedelta(hours=3)))
    assert range_of("1h", None, snapshot, NOW).after == NOON - timedelta(hours=1)
    assert range_of(ALL, None, snapshot, NOW).after == NOON - timedelta(hours=3, minutes=1)
    bounds = choice(CUSTOM_DAY).custom
    assert range_of(CUSTOM, bounds, snapshot, NOW).until == datetime(2026, 3, 2, tzinfo=UTC)


def test_before_the_first_window_a_range_ends_now_and_its_clocks_are_those_of_now():
    shown = range_of("15m", None, snapshot_of(), NOW)
    assert (shown.after, shown.until) == (NOW - timedelta(minutes=15), NOW)
    assert range_of(ALL, None, snapshot_of(), NOW).span == timedelta(0)
    clocks = Frame(shown, palette("light"), zone_of("local", "Europe/London", [])).clocks
    now = max(it for it in clocks if it.since_ms <= NOW.timestamp() * 1000)
    assert (now.offset_ms, now.name) == (0, "GMT")  # in 1970 it was BST all year


def test_windows_of_the_past_are_shown_whole():
    assert default_range(timedelta(days=2)) == ALL
    assert default_range(timedelta(minutes=2)) == default_range(None) == "15m"


def test_the_one_symbol_is_the_addresss_or_the_first():
    assert chosen_symbol({"symbol": "aapl"}, THERE) == "AAPL"
    assert chosen_symbol({"symbol": "NOPE"}, THERE) == "IBM"
    assert chosen_symbol({}, []) is None


def test_sources_are_all_but_for_those_the_address_names():
    assert chosen_sources({}, ["finnhub", "synthetic"]) == ["finnhub", "synthetic"]
    assert chosen_sources({"sources": "finnhub"}, ["finnhub", "synthetic"]) == ["finnhub"]


def test_sources_may_have_blanks_between_them():
    named = {"sources": "replay, finnhub"}
    assert chosen_sources(named, ["finnhub", "replay", "synthetic"]) == ["finnhub", "replay"]


@pytest.mark.parametrize("named", ["", "binance", "replay,binance"])
def test_an_address_of_sources_that_are_not_there_any_more_shows_those_that_are(named):
    assert chosen_sources({"sources": named}, ["finnhub", "synthetic"]) == ["finnhub", "synthetic"]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ({}, ""),
        ({"embed_options": "dark_theme"}, "dark"),
        ({"embed_options": "light_theme"}, "light"),
        ({"embed_options": "show_toolbar"}, ""),
    ],
)
def test_the_theme_is_the_addresss_or_the_systems(address, found):
    assert chosen_theme(address) == found


def test_another_theme_keeps_the_view():
    kept = {"range": "1h", "symbols": "IBM,AAPL"}
    assert with_theme(kept, "dark") == "?range=1h&symbols=IBM,AAPL&embed_options=dark_theme"
    assert with_theme(kept | {"embed_options": "dark_theme"}, "") == "?range=1h&symbols=IBM,AAPL"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ({}, THERE),
        ({"symbols": "MSFT,IBM"}, ["IBM", "MSFT"]),
        ({"symbols": "msft"}, ["MSFT"]),
        ({"symbols": "ibm, msft"}, ["IBM", "MSFT"]),
        ({"symbols": "MSFT,NOPE"}, ["MSFT"]),
        ({"symbols": ""}, []),
    ],
)
def test_the_symbols_are_the_addresss_of_those_that_are_there(address, found):
    assert chosen_symbols(address, THERE) == found


ODD = ["^GSPC", "EURUSD=X", "BTC/USDT", "BTC-USDT", "OANDA:EUR_USD", "A&B+C", "币安人生USDT"]


@pytest.mark.parametrize("symbol", ODD)
def test_a_symbol_survives_the_way_through_a_link(symbol):
    for name, find in ((SYMBOLS, chosen_symbols), (SYMBOL, chosen_symbol)):
        address = dict(parse_qsl(query_of({name: symbol})))
        assert find(address, ODD) in ([symbol], symbol)


def test_several_symbols_survive_the_way_through_a_link():
    address = dict(parse_qsl(query_of({SYMBOLS: ",".join(ODD)})))
    assert chosen_symbols(address, ODD) == ODD


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [("a&b c", "A&B+C"), ("eurusd=x", "EURUSD=X"), ("币安人生usdt", "币安人生USDT")],
)
def test_symbols_are_read_as_people_type_them(typed, symbol):
    assert chosen_symbol({"symbol": typed}, ODD) == symbol


def test_only_a_to_z_have_capitals():
    assert chosen_symbols({"symbols": "ß"}, ["SS"]) == []


@pytest.mark.parametrize(
    "odd",
    ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "1969-12-31", "2200-01-01", "now", ""],
)
def test_a_time_that_no_market_has_is_nonsense_like_any_other(odd):
    assert choice(CUSTOM_DAY | {"from": odd}).custom is None
    assert choice(CUSTOM_DAY | {"to": odd}).custom is None


TIMES = st.one_of(
    st.text(),
    st.datetimes(timezones=st.none() | st.timezones()).map(str),
    st.builds("{}T{}{}".format, st.dates(), st.times(), st.sampled_from(["+14:00", "-14:00", "Z"])),
)
NAMES = (
    "page", "range", "symbols", "symbol", "sources", "chart", "every", "paused", "tz", "bar",
    "axis", "find", "wall",
)  # fmt: skip
ADDRESSES = st.fixed_dictionaries(
    {},
    optional={name: st.text() for name in (*NAMES, "embed_options")}
    | {
        "range": st.sampled_from(["custom", "all"]) | st.text(),
        "from": TIMES,
        "to": TIMES,
        "bar": st.sampled_from(["1m", "1d"]) | st.text(),
        "indicators": st.sampled_from(["rsi:400", "ema:200,sma:20"]) | st.text(),
    },
)


@settings(max_examples=200, deadline=None)
@given(ADDRESSES)
def test_no_address_is_an_error(address):
    found = choice(address)
    assert found.every_s in {1, 2, 5, 15, 60}
    snapshot = snapshot_of(window())
    shown = range_of(found.range or ALL, found.custom, snapshot, NOW)
    assert shown.after < shown.until
    for zone in ("America/New_York", "Pacific/Kiritimati"):
        assert zone_of("local", zone, []).clocks(shown.after, shown.until)
    width, before = candle_us(snapshot, shown, found.looks.bar), found.looks.bars_before
    assert len(candles_of(snapshot, ("IBM", "synthetic"), shown, width, before).bars) <= 1
    assert set(chosen_symbols(address, THERE)) <= set(THERE)
    assert chosen_symbol(address, THERE) in THERE
    assert set(chosen_sources(address, ["synthetic"])) <= {"synthetic"}
    assert with_theme(address, chosen_theme(address)).startswith("?")


def test_of_many_symbols_the_first_are_shown():
    assert chosen_symbols({}, [f"S{at}" for at in range(100)]) == [f"S{at}" for at in range(8)]
