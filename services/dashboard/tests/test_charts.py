"""What the figures show; each is one that Plotly takes."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import plotly.graph_objects as go
import pytest
from conftest import DAY, HOUR, MINUTE, NOON, SECOND, alert, bars_of, scope_of, snapshot_of, window

from dashboard.charts.candles import candlesticks
from dashboard.charts.compare import compare
from dashboard.charts.curves import gaps
from dashboard.charts.figure import Frame, to_json
from dashboard.charts.heat import heat
from dashboard.charts.lines import lines
from dashboard.charts.returns import distribution, rolling_correlation
from dashboard.models.candles import candles, candles_of, fitting_width_us
from dashboard.models.export import a_row
from dashboard.models.indicators import read
from dashboard.models.looks import Looks
from dashboard.models.ranges import Range
from dashboard.models.spikes import spikes
from dashboard.models.statistics import correlations
from dashboard.models.zones import IN_UTC, zone_of
from dashboard.screens.main_chart import candles as draw
from dashboard.store.bars import MINUTE_US
from dashboard.store.merging import merge
from dashboard.theme import faint, palette


def frame(span=15 * MINUTE, zone=IN_UTC, mode="light"):
    return Frame(Range("15m", NOON - span, NOON), palette(mode), zone)


def made_of(*rows, source="synthetic", shown=None, before=0, width=MINUTE_US):
    """Make candles of windows of IBM; the range is of all of them unless one is given."""
    ends = [row["window_end"] for row in rows]
    shown = shown or Range("15m", min(ends) - MINUTE, max(ends))
    return candles_of(snapshot_of(*rows), ("IBM", source), shown, width, before)


def sticks_of(of, framed, **looks):
    """Draw candles of IBM of which the newest price is 100."""
    return candlesticks(("IBM", "synthetic"), of, framed, Looks(**looks), 100.0)


def drawn(*rows, symbols=("IBM",), span=15 * MINUTE, threshold=5.0, zone=IN_UTC):
    scope = scope_of(*rows, symbols=symbols, span=span)
    found = spikes(scope, threshold)
    made = lines(scope.drawn, symbols, found, threshold, frame(span, zone), log=False)
    assert go.Figure(json.loads(to_json(made)))
    return made


def traces(figure, beginning):
    return [trace for trace in figure["data"] if trace["name"].startswith(beginning)]


def test_each_symbol_has_a_panel_with_average_maximum_and_band():
    made = drawn(window(), window("AAPL", average=50.0), symbols=("IBM", "AAPL"))
    assert [(it["name"], it["yaxis"], next(iter(it["y"]))) for it in made["data"]] == [
        ("Average · Synthetic", "y", 100.0),
        ("Maximum · Synthetic", "y", 101.0),
        ("Minimum to maximum · Synthetic", "y", 99.0),
        ("Minimum to maximum · Synthetic", "y", 101.0),
        ("Average · Synthetic", "y2", 50.0),
        ("Maximum · Synthetic", "y2", 51.0),
        ("Minimum to maximum · Synthetic", "y2", 49.0),
        ("Minimum to maximum · Synthetic", "y2", 51.0),
    ]
    titles = [it["text"] for it in made["layout"]["annotations"]]
    assert titles == ["UTC", "<b>IBM</b>", "<b>AAPL</b>"]


def test_the_vwap_is_a_line_where_there_is_one_named_once_for_all_sources():
    rows = [window(source=source, volume=2.0, vwap=100.25) for source in ("finnhub", "synthetic")]
    rows += [window(end=NOON - MINUTE, source="finnhub"), window("AAPL")]
    made = traces(drawn(*rows, symbols=("IBM", "AAPL")), "VWAP")
    assert [(it["yaxis"], it["showlegend"]) for it in made] == [("y", True), ("y", False)]
    assert np.isnan(made[0]["y"][0])
    assert made[0]["y"][1] == made[1]["y"][0] == 100.25
    assert "IBM VWAP %{y:,.2f}" in made[0]["hovertemplate"]


def test_panels_do_not_overlap_and_share_the_time_axis():
    layout = drawn(window(), symbols=("A", "B", "C"))["layout"]
    low = [layout[f"yaxis{at}"]["domain"] for at in ("", 2, 3)]
    assert low[0][0] > low[1][1]
    assert low[1][0] > low[2][1]
    assert low[2][0] == 0
    assert {layout[f"yaxis{at}"]["anchor"] for at in ("", 2, 3)} == {"x"}


def test_each_line_is_named_once_in_the_legend():
    made = drawn(window(), window("AAPL"), symbols=("IBM", "AAPL"))
    shown = [it["showlegend"] for it in made["data"]]
    assert shown == [True, True, False, True, False, False, False, False]


def test_a_window_is_drawn_where_it_ends():
    assert traces(drawn(window()), "Average")[0]["x"] == pytest.approx([NOON.timestamp() * 1000])


def test_in_another_zone_places_are_as_they_were_and_clocks_are_that_zones():
    made = drawn(window(), zone=zone_of("market", None, ["finnhub"]))
    assert traces(made, "Average")[0]["x"] == pytest.approx([NOON.timestamp() * 1000])
    assert made["layout"]["annotations"][0]["text"] == "EST"
    names = [clock.name for clock in made["layout"]["meta"]["clocks"]]
    assert names == ["EST", "EDT", "EST", "EDT", "EST"]


def test_the_hour_that_comes_twice_is_drawn_twice():
    ends = [datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6)]
    rows = [window(end=end) for end in ends]
    scope = scope_of(*rows, span=DAY, end=ends[-1] + HOUR)
    shown = Frame(scope.shown, palette("light"), zone_of("market", None, ["finnhub"]))
    made = lines(scope.drawn, ("IBM",), [], 5.0, shown, log=False)
    x = traces(made, "Average")[0]["x"]
    assert x[~np.isnan(x)].tolist() == [it.timestamp() * 1000 for it in ends]
    assert made["layout"]["annotations"][0]["text"] == "EDT/EST"


def test_sources_are_told_apart_by_colour_name_and_mark_and_what_is_not_of_the_market_by_its_line():
    rows = [window(source=it) for it in ("alpha-vantage", "replay", "synthetic", "finnhub")]
    averages = traces(drawn(*rows), "Average")
    assert {it["name"]: (it["line"]["dash"], it["marker"]["symbol"]) for it in averages} == {
        "Average · Alpha Vantage (end of day)": ("solid", "square"),
        "Average · Replay": ("dot", "circle"),
        "Average · Synthetic": ("dot", "circle"),
        "Average · Finnhub": ("solid", "circle"),
    }
    assert len({it["line"]["color"] for it in averages}) == 3


def test_the_zoom_stays_while_symbols_and_range_are_the_same():
    first, later = drawn(window()), drawn(window(), window(end=NOON - MINUTE))
    kept = first["layout"]["uirevision"]
    assert kept == later["layout"]["uirevision"]
    assert kept != drawn(window(), symbols=("AAPL",))["layout"]["uirevision"]


def test_a_zoom_stays_in_another_zone_and_not_in_another_custom_range():
    rows = [window(), window(end=NOON - MINUTE)]
    scope = scope_of(*rows)
    found = correlations(bars_of(*rows), {"AAPL": bars_of(*rows)}, MINUTE_US, 1)
    now, begun = Range("custom", NOON - HOUR, NOON), Range("custom", NOON - DAY, NOON)
    for make in (
        lambda of: lines(scope.drawn, ("IBM",), [], 5.0, of, log=False),
        lambda of: sticks_of(made_of(*rows), of),
        lambda of: compare(scope.drawn, scope.firsts, ("IBM",), of),
        lambda of: heat(scope.bars, of, MINUTE_US),
        lambda of: rolling_correlation(found, of),
    ):
        frames = [
            Frame(now, palette("light"), IN_UTC),
            Frame(now, palette("light"), zone_of("market", None, ["finnhub"])),
            Frame(begun, palette("light"), IN_UTC),
        ]
        utc, market, another = [make(it)["layout"]["uirevision"] for it in frames]
        assert utc == market != another


@pytest.mark.parametrize(
    ("price", "written"), [(290.0, ",.2f"), (1.08453, ",.5f"), (0.000012, ",.6f")]
)
def test_prices_in_the_chart_have_the_decimals_of_those_on_the_cards(price, written):
    row = window(average=price, min_price=price, max_price=price, max_deviation_pct=0.0)
    for trace in drawn(row)["data"][:3]:
        assert f"%{{y:{written}}}<extra>" in trace["hovertemplate"]
    made = sticks_of(made_of(row), frame())
    assert made["data"][0]["yhoverformat"] == written


@pytest.mark.parametrize(("symbols", "ticks"), [("A", 12), ("AB", 6), ("ABC", 5), ("ABCDE", 4)])
def test_an_axis_has_as_many_ticks_as_its_panel_is_high(symbols, ticks):
    made = drawn(*(window(it) for it in symbols), symbols=tuple(symbols))
    assert {it["nticks"] for name, it in made["layout"].items() if name.startswith("yaxis")} == {
        ticks
    }


def test_ticks_of_a_price_have_the_decimals_that_tell_them_apart():
    axes = [drawn(window())["layout"]["yaxis"]]
    axes.append(sticks_of(made_of(window()), frame())["layout"]["yaxis"])
    for axis in axes:
        stops = [(it["dtickrange"], it["value"]) for it in axis["tickformatstops"]]
        for step, written in [(5.0, ",.2f"), (0.01, ",.2f"), (0.002, ",.3f"), (2e-6, ",.6f")]:
            assert next(how for within, how in stops if holds(step, *within)) == written


def test_ticks_of_a_change_have_the_decimals_that_tell_them_apart():
    scope = scope_of(window())
    axes = [
        compare(scope.drawn, scope.firsts, ("IBM",), frame())["layout"]["yaxis"],
        sticks_of(made_of(window()), frame(), axis="percent")["layout"]["yaxis"],
    ]
    for axis in axes:
        stops = [(it["dtickrange"], it["value"]) for it in axis["tickformatstops"]]
        for step, written in [(5.0, "+,.2f"), (0.01, "+,.2f"), (0.002, "+,.3f"), (5e-5, "+,.5f")]:
            assert next(how for within, how in stops if holds(step, *within)) == written


def test_a_volume_below_one_is_not_written_in_thousandths():
    """In SI's units half a bitcoin would be 500m, which one reads as millions."""
    made = sticks_of(made_of(window(volume=0.5)), frame())
    stops = [(it["dtickrange"], it["value"]) for it in made["layout"]["yaxis2"]["tickformatstops"]]
    for step, written in [(2e6, "~s"), (1.0, "~s"), (0.5, ",.1f"), (0.02, ",.2f"), (1e-6, ",.6f")]:
        assert next(how for within, how in stops if holds(step, *within)) == written


@pytest.mark.parametrize(
    ("price", "right_px"), [(99.0, 68), (999_998.0, 68), (1_234_567.0, 84), (99_999_998.0, 92)]
)
def test_prices_of_millions_have_room_at_the_axis(price, right_px):
    row = window(average=price)
    for made in (drawn(row), sticks_of(made_of(row), frame())):
        assert made["layout"]["margin"]["r"] == right_px


def holds(step, low, high):
    return (low is None or low <= step) and (high is None or step <= high)


def test_the_axis_shows_the_whole_range_and_no_fixed_one():
    axis = drawn(window())["layout"]["xaxis"]
    start = (NOON - 15 * MINUTE).timestamp() * 1000
    assert axis["autorangeoptions"]["include"] == [start, NOON.timestamp() * 1000]
    assert "range" not in axis


def test_the_line_breaks_where_windows_are_missing():
    ends = [NOON - at * 5 * SECOND for at in (60, 59, 2, 1, 0)]
    made = drawn(*(window(end=end) for end in ends))
    assert list(np.isnan(traces(made, "Average")[0]["y"])) == [False, False, True] + [False] * 3
    assert list(np.isnan(traces(made, "Maximum")[0]["x"])) == [False, False, True] + [False] * 3


def test_the_line_of_merged_bars_breaks_before_the_first_after_the_gap():
    rows = [window(end=NOON - at * 5 * SECOND, average=100.0 + at % 7) for at in range(3000)]
    rows = [it for it in rows if not NOON - 2 * HOUR < it["window_end"] < NOON - HOUR]
    average = traces(drawn(*rows, span=timedelta(hours=5)), "Average")[0]
    (at,) = np.flatnonzero(np.isnan(average["y"]))
    gap_ms = average["x"][at + 1] - average["x"][at - 1]
    assert gap_ms >= 3_600_000


def test_quotes_of_one_a_day_are_one_line_that_breaks_where_weeks_are_missing():
    days = [day for day in range(60) if day % 7 < 5 and not 30 <= day < 50]
    rows = [window(end=NOON - (59 - day) * DAY, source="replay") for day in days]
    assert len(gaps(bars_of(*rows))) == 1


def test_spikes_are_marked_at_their_peak():
    rows = [
        window(end=NOON - at * 5 * SECOND, max_price=peak, max_deviation_pct=deviation)
        for at, peak, deviation in [(40, 110.0, 10), (3, 107.0, 7), (2, 108.0, 8), (1, 107.5, 7.5)]
    ]
    (made,) = traces(drawn(*rows), "Spike")
    assert made["name"] == "Spike ≥ 5 %"
    assert made["y"].tolist() == [108.0, 110.0]
    assert made["customdata"] == [8.0, 10.0]


def test_a_long_history_is_drawn_with_bounded_points_and_its_extremes():
    count = 20_000
    rows = [window(end=NOON - at * 5 * SECOND, average=100.0 + at % 7) for at in range(count)]
    rows[7777] |= {"avg_price": 900.0, "max_price": 950.0}
    rows[8888] |= {"avg_price": 1.0, "min_price": 0.5}
    made = drawn(*rows, span=timedelta(hours=28))
    average, maximum, minimum = made["data"][:3]
    assert len(average["x"]) <= 3 * 302
    assert len(maximum["x"]) <= 302
    assert (np.nanmax(average["y"]), np.nanmin(average["y"])) == (900, 1)
    assert (np.nanmax(maximum["y"]), np.nanmin(minimum["y"])) == (950, 0.5)
    assert (np.diff(average["x"]) > 0).all()
    assert len(to_json(made)) < 60_000


def test_what_is_no_number_is_written_so_that_a_browser_can_read_the_rest():
    rows = [window(end=NOON - MINUTE), window(avg_price=np.nan, close_price=np.nan)]
    scope = scope_of(*rows)
    candles_drawn = draw(scope, ("IBM", "synthetic"), MINUTE_US, Looks(), frame())
    figures = [
        to_json(drawn(*rows)),
        to_json(compare(scope.drawn, scope.firsts, ("IBM",), frame())),
        candles_drawn,
    ]
    for it in figures:
        assert json.loads(it, parse_constant=pytest.fail)["data"]
    assert "price" not in json.loads(candles_drawn)["layout"]["meta"]


def test_arrays_are_written_as_their_bytes():
    written = json.loads(to_json({"data": [{"y": np.array([1.5, np.nan])}], "layout": {}}))
    array = written["data"][0]["y"]
    assert array["dtype"] == "f8"
    assert np.frombuffer(base64.b64decode(array["bdata"]))[0] == 1.5


def test_candles_stand_in_the_middle_of_their_width_and_falling_ones_are_filled():
    rows = [
        window(end=NOON - MINUTE),
        window(end=NOON, open_price=1.0, close_price=2.0, volume=5.0),
        window(end=NOON + MINUTE, open_price=2.0, close_price=1.0, volume=6.0),
    ]
    shown = Range("custom", NOON - MINUTE, NOON + MINUTE)
    made = sticks_of(made_of(*rows, shown=shown), frame())
    assert go.Figure(json.loads(to_json(made)))
    sticks, volume, _ = made["data"]
    assert sticks["x"][0] == NOON.timestamp() * 1000 - 30_000
    assert volume["y"].tolist() == [5.0, 6.0]
    assert sticks["increasing"]["fillcolor"] != sticks["decreasing"]["fillcolor"]
    assert volume["marker"]["color"][0] != volume["marker"]["color"][1]
    assert "IBM · Synthetic · 1 min candles" in made["layout"]["annotations"][1]["text"]


@pytest.mark.parametrize("apart", [[0], [0, 5], [0, 5, 10]])
def test_candles_are_as_wide_as_they_are_long_where_those_beside_them_are_missing(apart):
    rows = [window(end=NOON + at * MINUTE, volume=5.0) for at in apart]
    shown = Range("custom", NOON - MINUTE, NOON + 20 * MINUTE)
    data = sticks_of(made_of(*rows, shown=shown), Frame(shown, palette("light"), IN_UTC))["data"]
    candles = [it for it in data if it["type"] == "candlestick"]
    places = sorted({x for it in candles for x in it["x"]})  # Plotly goes by the least distance
    assert min(np.diff(places)) == 60_000
    assert sum(it is not None for trace in candles for it in trace["close"]) == len(apart)
    assert [it["width"] for it in data if it["type"] == "bar"] == [48_000]


def test_the_newest_window_s_price_is_at_the_axis_of_candles_while_no_candle_has_it():
    rows = [window(end=NOON - 65 * SECOND), window(end=NOON - 60 * SECOND, close_price=103.0)]
    rows.append(window(end=NOON - 55 * SECOND, close_price=104.0))
    made = json.loads(draw(scope_of(*rows), ("IBM", "synthetic"), MINUTE_US, Looks(), frame()))
    assert made_of(*rows).shown.candle_close.tolist() == [103.0]
    assert made["layout"]["meta"]["price"]["last"] == 104.0


def test_candles_have_their_vwap_as_a_line_that_breaks_where_candles_are_missing():
    ends = [NOON + at * MINUTE for at in (0, 1, 5)]
    rows = [window(end=end, volume=5.0, vwap=100.5) for end in ends]
    made = sticks_of(made_of(*rows), frame())
    assert go.Figure(json.loads(to_json(made)))
    (vwap,) = traces(made, "VWAP")
    assert vwap["y"] == pytest.approx([100.5, 100.5, np.nan, 100.5], nan_ok=True)
    assert "candles, VWAP dashed" in made["layout"]["annotations"][1]["text"]


def test_a_candle_that_is_not_complete_is_faint_and_the_title_says_so():
    rows = [window(end=NOON + at * MINUTE) for at in range(-12, 3)]
    shown = Range("custom", NOON - 10 * MINUTE, NOON + 2 * MINUTE)
    made = sticks_of(made_of(*rows, shown=shown, width=5 * MINUTE_US), frame())
    whole, part = made["data"][:2]
    assert (len(whole["x"]), len(part["x"])) == (2, 1)
    assert part["increasing"]["line"]["color"] == faint(whole["increasing"]["line"]["color"], 0.45)
    assert "faint: not complete" in made["layout"]["annotations"][1]["text"]


def test_the_candle_that_has_begun_is_by_itself_for_the_browser_to_go_on_with():
    rows = [window(end=NOON + at * MINUTE, average=100.0 + at, volume=3.0) for at in range(-14, 3)]
    shown = Range("1h", NOON - 60 * MINUTE, NOON + 2 * MINUTE)
    made = sticks_of(
        made_of(*rows, shown=shown, width=5 * MINUTE_US), Frame(shown, palette("light"), IN_UTC)
    )
    whole, cut, begun = made["data"][:3]
    assert [len(it["x"]) for it in (whole, cut, begun)] == [2, 1, 1]  # the first began before all
    assert [it.get("meta") for it in (whole, cut, begun)] == [None, None, "begun"]
    end = (NOON + 5 * MINUTE).timestamp() * 1000
    assert begun["x"] == [end - 150_000]
    candle = made["layout"]["meta"]["price"]["candle"]
    assert (candle["width"], candle["until"]) == (300_000, end - 180_000)
    assert candle["begun"]["end"] == end
    *_, volume, begun_volume, _ = made["data"]
    assert [it.get("meta") for it in (volume, begun_volume)] == [None, "begun"]
    assert (volume["y"].tolist(), begun_volume["y"].tolist()) == ([15.0] * 3, [6.0])
    assert begun_volume["x"] == begun["x"]
    for name in ("open", "high", "low", "close"):
        assert candle["begun"][name] == begun[name][0]


@pytest.mark.parametrize(
    ("length", "width", "newest_s", "until_s"),
    [
        (60, 5, 205, 180),
        (60, 15, 205, 180),  # of bars of a quarter of an hour, in which no minute is left
        (60, 60, 205, 180),
        (90, 15, 120, 90),
        (30, 1, 105, 90),
        (420, 7, 500, 420),
    ],
)
def test_the_candle_goes_on_where_the_last_window_that_it_is_made_of_ends(
    length, width, newest_s, until_s
):
    begin = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a multiple of 7 minutes, too
    rows = [
        window(end=begin + at * SECOND, length=length * SECOND)
        for at in range(-600, newest_s + 1, 5)
    ]
    shown = Range("1h", begin - HOUR, begin + newest_s * SECOND)
    made = sticks_of(
        made_of(*rows, shown=shown, width=width * MINUTE_US), Frame(shown, palette("light"), IN_UTC)
    )
    until = made["layout"]["meta"]["price"]["candle"]["until"]
    assert until == (begin.timestamp() + until_s) * 1000


def test_a_candle_that_is_over_and_lacks_a_part_is_none_that_the_browser_goes_on_with():
    """As where its symbol is silent since, and was not there at its beginning."""
    rows = [window("AAPL", NOON + at * MINUTE) for at in range(-20, 3)]
    rows += [window(end=NOON + at * MINUTE) for at in range(-8, -6)]
    shown = Range("1h", NOON - 60 * MINUTE, NOON + 2 * MINUTE)
    of = made_of(*rows, shown=shown, width=5 * MINUTE_US)
    made = sticks_of(of, Frame(shown, palette("light"), IN_UTC))
    assert of.whole.tolist() == [False]
    assert made["layout"]["meta"]["price"]["candle"]["begun"] is None
    assert not [it for it in made["data"] if it.get("meta") == "begun"]


def test_a_range_of_its_own_has_no_candle_after_its_last():
    shown = Range("custom", NOON - 10 * MINUTE, NOON + 2 * MINUTE)
    rows = [window(end=NOON + at * MINUTE) for at in range(-12, 3)]
    made = sticks_of(
        made_of(*rows, shown=shown, width=5 * MINUTE_US), Frame(shown, palette("light"), IN_UTC)
    )
    assert "candle" not in made["layout"]["meta"]["price"]


def test_a_range_begins_and_ends_with_whole_candles():
    shown = Range("custom", NOON - 8 * MINUTE, NOON + 2 * MINUTE)
    rows = [window(end=NOON + at * MINUTE) for at in range(-19, 3)]
    it = made_of(*rows, shown=shown, width=5 * MINUTE_US)
    made = sticks_of(it, Frame(shown, palette("light"), IN_UTC))
    bounds = made["layout"]["xaxis"]["autorangeoptions"]["include"]
    assert bounds == [(NOON + at * MINUTE).timestamp() * 1000 for at in (-10, 5)]


def looking(*, of=30, before=20, **looks):
    rows = [
        window(end=NOON - at * MINUTE, average=100.0 + at, volume=1.0, vwap=100.0)
        for at in range(of)
    ]
    shown = Range("custom", NOON - 10 * MINUTE, NOON)
    made = made_of(*rows, shown=shown, before=before)
    figure = sticks_of(made, frame(), **looks)
    assert go.Figure(json.loads(to_json(figure)))
    return figure


def test_indicators_begin_with_the_range_and_are_named_in_their_colours():
    figure = looking(indicators=read(["sma:20", "bollinger:20", "rsi:14"]))
    for name in ("SMA 20", "Bollinger 20 2", "RSI 14"):
        for trace in traces(figure, name):
            assert len(trace["y"]) == 10
            assert not np.isnan(trace["y"]).any()
        assert f">{name}</span>" in figure["layout"]["annotations"][1]["text"]
    # closes of 100 to 119, the newest first
    (average,) = traces(figure, "SMA 20")
    assert average["y"][-1] == pytest.approx(109.5)


def test_an_indicator_that_has_too_few_bars_is_not_named():
    figure = looking(indicators=read(["sma:200"]))
    assert not traces(figure, "SMA")
    assert "SMA" not in figure["layout"]["annotations"][1]["text"]


def test_relative_strength_has_a_panel_of_its_own():
    figure = looking(indicators=read(["rsi:14"]))
    assert figure["layout"]["yaxis3"]["range"] == [0, 100]
    (it,) = traces(figure, "RSI")
    assert it["yaxis"] == "y3"
    assert np.all(it["y"] == 0)  # all fell
    plain = looking()
    assert "yaxis3" not in plain["layout"]
    assert figure["layout"]["height"] > plain["layout"]["height"]


def test_an_axis_in_per_cent_counts_from_the_first_open():
    figure = looking(axis="percent")
    (sticks, *_) = figure["data"]
    assert sticks["open"][0] == 0
    assert sticks["close"][-1] == pytest.approx(100 * (100 / 109 - 1))
    assert figure["layout"]["yaxis"]["ticksuffix"] == " %"


def test_a_logarithmic_axis_has_the_prices_as_they_are():
    figure = looking(axis="log")
    assert figure["layout"]["yaxis"]["type"] == "log"
    assert figure["data"][0]["close"][-1] == 100.0
    scope = scope_of(window())
    made = lines(scope.drawn, ("IBM",), [], 5.0, frame(), log=True)
    assert made["layout"]["yaxis"]["type"] == "log"


@pytest.mark.parametrize(
    ("axis", "percent"), [("linear", {}), ("log", {}), ("percent", {"first": 109.0})]
)
def test_candles_say_what_stands_at_their_axis_before_a_trade_comes(axis, percent):
    found = looking(axis=axis)["layout"]["meta"]["price"]
    colors = palette("light")
    assert found == percent | {
        "symbol": "IBM",
        "source": "synthetic",
        "live": True,
        "last": 100.0,
        "open": 100.0,
        "up": colors.up,
        "down": colors.down,
        "faint": faint(colors.down, 0.45),
        "background": colors.background,
        "candle": {
            "width": 60_000,
            "volume_width": 48_000,
            "volume_of_the_day": False,
            "until": NOON.timestamp() * 1000,
            "hovered": "+.2f" if percent else ",.2f",
            "begun": None,
        },
    }


def test_alerts_are_marks_on_candles_too_on_the_axis_that_is_chosen():
    rows = [window(end=NOON - MINUTE, average=100.0), window(average=110.0)]
    shown = Range("15m", NOON - 15 * MINUTE, NOON)
    framed = Frame(shown, palette("light"), IN_UTC, (alert(1, NOON - MINUTE / 2),))
    made = sticks_of(made_of(*rows), framed, axis="percent")
    (mark,) = [it for it in made["data"] if it["name"] == "Alert"]
    assert mark["y"].tolist() == pytest.approx([5.0])  # half way from 0 % to 10 %
    assert mark["customdata"] == ["IBM is at 101.00"]


def test_a_feed_without_volume_is_said_to_have_none():
    made = sticks_of(made_of(window()), frame())
    assert "No volume from this feed" in made["layout"]["annotations"][-1]["text"]


def test_where_there_is_no_candle_that_is_said_and_nothing_of_the_feed():
    """As after a first start: no window begins at a whole minute yet."""
    made = sticks_of(made_of(window(end=NOON + 5 * SECOND)), frame())
    assert go.Figure(json.loads(to_json(made)))
    said = [it["text"] for it in made["layout"]["annotations"]]
    assert "No candle in this range" in said[-1]
    assert "No volume" not in "".join(said)


def test_symbols_are_compared_from_their_first_window():
    rows = [window(end=NOON - MINUTE, average=50.0), window(average=55.0)]
    rows += [window("AAPL", NOON - MINUTE), window("AAPL", average=90.0)]
    scope = scope_of(*rows, symbols=("IBM", "AAPL"))
    made = compare(scope.drawn, scope.firsts, scope.symbols, frame())
    assert go.Figure(json.loads(to_json(made)))
    assert [it["y"][-1] for it in made["data"]] == pytest.approx([10.0, -10.0])
    assert [it["name"] for it in made["data"]] == ["IBM +10.00 %", "AAPL -10.00 %"]
    assert len({it["line"]["dash"] for it in made["data"]}) == 2
    assert len({it["line"]["color"] for it in made["data"]}) == 2


def test_a_long_comparison_keeps_its_extremes_and_begins_with_the_first_window():
    rows = [window(end=NOON - at * 5 * SECOND, average=100.0 + at % 7) for at in range(5000)]
    rows[-1]["avg_price"] = 200.0
    rows[3333]["avg_price"] = 500.0
    rows[4444]["avg_price"] = 50.0
    scope = scope_of(*rows, span=7 * HOUR)
    (made,) = compare(scope.drawn, scope.firsts, ("IBM",), frame())["data"]
    assert len(made["x"]) <= 3 * 302
    assert (np.nanmax(made["y"]), np.nanmin(made["y"])) == pytest.approx((150.0, -75.0))
    assert made["name"] == "IBM -50.00 %"


def test_of_one_symbol_real_and_other_prices_are_never_compared_by_the_same_line():
    symbols = tuple("ABCDEFG")
    rows = [
        window(symbol, source=source)
        for symbol in symbols
        for source in ("finnhub", "synthetic", "replay")
    ]
    scope = scope_of(*rows, symbols=symbols)
    for trace in compare(scope.drawn, scope.firsts, symbols, frame())["data"]:
        assert (trace["line"]["dash"] == "dot") == ("Finnhub" not in trace["name"])


def test_prices_of_an_end_of_day_have_marks_when_compared():
    scope = scope_of(window(source="alpha-vantage"), window(source="finnhub"))
    marks = {
        it["name"]: (it["mode"], it["marker"]["symbol"])
        for it in compare(scope.drawn, scope.firsts, ("IBM",), frame())["data"]
    }
    assert marks == {
        "IBM · Alpha Vantage 0.00 %": ("lines+markers", "square"),
        "IBM · Finnhub 0.00 %": ("lines", "circle"),
    }


def test_the_heat_map_has_a_row_a_symbol_and_nothing_where_there_was_nothing():
    rows = [window(), window(end=NOON - 3 * MINUTE), window("AAPL", max_price=110.0)]
    scope = scope_of(*rows, symbols=("IBM", "AAPL"))
    made = heat(scope.bars, frame(), MINUTE_US)
    assert go.Figure(json.loads(to_json(made)))
    (trace,) = made["data"]
    assert trace["y"] == ["IBM", "AAPL"]
    assert trace["z"][0] == [2.0202, None, None, 2.0202]
    assert trace["z"][1] == [None, None, None, round(100 * 11 / 99, 4)]
    titles = [it["text"] for it in made["layout"]["annotations"]]
    assert titles == ["UTC", "<b>Lowest to highest price within 1 min</b>"]


def test_a_column_of_the_heat_map_is_no_shorter_than_its_bars():
    rows = [window(end=NOON - at * HOUR, length=HOUR) for at in range(3)]
    scope = scope_of(*rows, span=3 * HOUR)
    assert scope.longest_us == 60 * MINUTE_US
    shown = Frame(scope.shown, palette("light"), IN_UTC)
    (trace,) = heat(scope.bars, shown, scope.longest_us)["data"]
    assert trace["z"] == [[2.0202, 2.0202, 2.0202]]
    quarters = heat(scope.bars, shown, 15 * MINUTE_US)["layout"]["annotations"][1]["text"]
    assert quarters == "<b>Lowest to highest price within 15 min</b>"
    week = heat(scope.bars, frame(7 * DAY), 15 * MINUTE_US)["layout"]["annotations"][1]["text"]
    assert week == "<b>Lowest to highest price within 3 h 30 min</b>"


def test_bars_that_are_held_are_longer_where_only_quarters_of_an_hour_are():
    rows = [window(end=NOON - at * MINUTE) for at in range(30)]
    whole = scope_of(*rows)
    assert whole.longest_us == MINUTE_US
    ((day, tiers),) = whole.snapshot.days
    until = int(NOON.timestamp() * 1e6)
    older = replace(whole.snapshot, days=((day, tiers.bounded(until, until, 0)),))
    older = replace(older, windows_since=until)
    scope = replace(whole, snapshot=older)
    assert scope.longest_us == 15 * MINUTE_US
    assert a_row(scope) == "A row sums up the windows that end within 15 min."


def test_the_heat_map_has_nothing_where_the_lowest_price_is_next_to_nothing():
    scope = scope_of(window(), window(end=NOON - MINUTE, min_price=1e-310))
    (trace,) = json.loads(to_json(heat(scope.bars, frame(), MINUTE_US)))["data"]
    assert trace["z"] == [[None, 2.0202]]


def test_returns_are_counted_and_set_beside_a_bell():
    made = distribution("IBM", np.array([-1.0, 0.0, 0.0, 1.0]), "#000000", frame())
    assert go.Figure(json.loads(to_json(made)))
    assert made["data"][0]["y"].sum() == 4
    assert made["layout"]["yaxis"]["dtick"] == 1
    flat = distribution("AAPL", np.zeros(5), "#000000", frame())
    assert flat["data"][0]["y"].sum() == 5
    assert "dtick" not in flat["layout"]["yaxis"]
    assert flat["layout"]["uirevision"] != made["layout"]["uirevision"]


def test_correlations_have_a_line_each():
    rows = [window(end=NOON - at * MINUTE, close_price=100.0 + at % 3) for at in range(9)]
    bars = bars_of(*rows)
    found = correlations(bars, {"AAPL": bars}, MINUTE_US, 3)
    made = rolling_correlation(found, frame())
    assert go.Figure(json.loads(to_json(made)))
    assert [it["name"] for it in made["data"]] == ["AAPL"]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colours_stand_out_from_the_background(mode):
    colors = palette(mode)
    for color in (*colors.lines, *colors.sources.values(), colors.up, colors.down, colors.spike):
        assert contrast(color, colors.background) >= 3
    assert contrast(colors.faded, colors.background) >= 4.5


def contrast(one, other):
    """Give the contrast as WCAG 2.2 defines it."""
    lights = []
    for color in (one, other):
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
        lights.append(np.dot(linear, [0.2126, 0.7152, 0.0722]) + 0.05)
    return max(lights) / min(lights)


def test_candles_of_long_ranges_are_wider():
    widths = [
        fitting_width_us(it) // MINUTE_US for it in (5 * MINUTE, 6 * HOUR, DAY, 7 * DAY, 30 * DAY)
    ]
    assert widths == [1, 5, 15, 120, 360]
    assert fitting_width_us(15 * MINUTE, 10 * MINUTE_US) == 10 * MINUTE_US


def test_only_bars_with_a_candle_make_candles():
    rows = [window(end=NOON + at * 5 * SECOND) for at in range(13)]
    assert len(candles(bars_of(*rows), MINUTE_US)) == 2
    assert len(merge(bars_of(*rows), MINUTE_US)) == 2
