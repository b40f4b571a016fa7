"""What the browser works out by itself of live prices and open windows."""

import json
from datetime import UTC, datetime, timedelta
from math import lcm
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from conftest import DAY, MINUTE, NOON, SLIDE, bars_of, call, snapshot_of, window
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

import dashboard
from contracts.times import format_time
from dashboard.charts.candles import candlesticks
from dashboard.charts.figure import Frame
from dashboard.charts.lines import lines
from dashboard.live import component
from dashboard.live.messages import Asked, asked_of
from dashboard.models import words
from dashboard.models.candles import candles_of
from dashboard.models.looks import Looks
from dashboard.models.ranges import CUSTOM, Range
from dashboard.models.zones import IN_UTC, zone_of
from dashboard.theme import palette


@settings(max_examples=300, deadline=None)
@given(st.floats(1e-9, 1e9))
def test_a_price_is_written_as_everywhere_on_the_page(browser, value):
    assert call(browser, "priceText", value) == words.price(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1186.311, "1,186.31"),
        (1e9, "1,000,000,000.00"),
        (1.08453, "1.08453"),
        (1.5, "1.50"),
        (100.125, "100.13"),
        (100.375, "100.38"),
        (1.0000025, "1.00"),
        (0.001, "0.001"),
        (4.2e-9, "0.0000000042"),
    ],
)
def test_prices_of_all_sizes(browser, value, text):
    assert call(browser, "priceText", value) == words.price(value) == text


@settings(max_examples=100, deadline=None)
@given(
    zone=st.sampled_from(["America/New_York", "Asia/Kolkata", "UTC"]),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
    ago=st.integers(0, 90_000),
)
def test_a_time_is_written_as_everywhere_on_the_page(browser, zone, at, ago):
    at = at.replace(tzinfo=UTC, microsecond=0)
    now = at + timedelta(seconds=ago)
    here = zone_of("local", zone, [])
    clocks = here.clocks(at - timedelta(days=370), at + timedelta(days=370))
    text = call(browser, "momentText", clocks, at.timestamp() * 1000, now.timestamp() * 1000)
    assert text == words.moment(at, now, here)
    assert here.info == ZoneInfo(zone) or zone == "UTC"


def message(end, average=100.0, *, provisional=True, symbol="IBM", source="synthetic"):
    return {
        "symbol": symbol,
        "source": source,
        "window_start": format_time(end - MINUTE),
        "window_end": format_time(end),
        "avg_price": average,
        "provisional": provisional,
    }


def after(browser, messages, last):
    """Give what a line goes on with after its last point."""
    line = {"symbol": "IBM", "source": "synthetic", "last": [last.timestamp() * 1000, 100.0]}
    script = f"""(() => {{
        const windows = new Windows();
        for (const message of {json.dumps(messages)}) windows.take(message);
        return JSON.stringify(windows.after({json.dumps(line)}));
    }})()"""
    found = json.loads(browser.eval(script))
    return [
        (datetime.fromtimestamp(it["end"] / 1000, UTC), it["average"], it["provisional"])
        for it in found
    ]


def test_a_line_goes_on_with_what_is_after_its_last_window(browser):
    came = [
        message(NOON),
        message(NOON + SLIDE, 101.0),
        message(NOON + SLIDE, 102.0),
        message(NOON + 2 * SLIDE, 103.0),
        message(NOON + 2 * SLIDE, 7.0, symbol="AAPL"),
        message(NOON + 2 * SLIDE, 8.0, source="replay"),
    ]
    assert after(browser, came, NOON) == [
        (NOON + SLIDE, 102.0, True),
        (NOON + 2 * SLIDE, 103.0, True),
    ]


def test_a_window_that_is_final_stays_so(browser):
    came = [
        message(NOON + SLIDE, 101.0),
        message(NOON + SLIDE, 101.5, provisional=False),
        message(NOON + SLIDE, 101.2),
    ]
    assert after(browser, came, NOON) == [(NOON + SLIDE, 101.5, False)]


def test_windows_are_in_order_and_bounded(browser):
    came = [message(NOON + at * SLIDE) for at in range(100, 0, -1)]
    found = [end for end, *_ in after(browser, came, NOON)]
    assert found == [NOON + at * SLIDE for at in range(41, 101)]


def test_what_is_final_is_solid_and_what_is_not_is_dashed(browser):
    points = [
        {"start": -40, "end": 5, "average": 1.0, "provisional": False},
        {"start": -35, "end": 10, "average": 2.0, "provisional": True},
    ]
    assert call(browser, "continued", [0, 0.5], points) == [
        {"from": [0, 0.5], "to": [5, 1.0], "dashed": False},
        {"from": [5, 1.0], "to": [10, 2.0], "dashed": True},
    ]


def test_a_line_is_not_joined_across_windows_that_are_missing(browser):
    points = [{"start": 50, "end": 110, "average": 1.0, "provisional": True}]
    assert call(browser, "continued", [0, 0.5], points) == [
        {"from": [110, 1.0], "to": [110, 1.0], "dashed": True}
    ]


def test_a_line_of_changes_goes_on_in_per_cent(browser):
    assert call(browser, "shownAs", {"first": 200.0}, 201.0) == pytest.approx(0.5)
    assert call(browser, "shownAs", {}, 201.0) == 201.0


@pytest.mark.parametrize("value", [0.0, -0.001, 0.004, -0.0051, 1.336, -25.0, 1234.5])
def test_a_change_is_written_as_everywhere_on_the_page(browser, value):
    assert call(browser, "changeText", value) == words.per_cent(value)


def room(browser, average, last, **others):
    """Give the traces that are added for an open window, and the bounds of the axis."""
    line = {"symbol": "IBM", "source": "synthetic", "yaxis": "y", "color": "#000000"} | others
    script = f"""(() => {{
        const windows = new Windows();
        windows.take({json.dumps(message(NOON + SLIDE, average))});
        const traces = [];
        const bounds = {{ include: [0, {last}], clipmin: 0, clipmax: {last} }};
        const layout = {{
            meta: {{ live: [{json.dumps(line | {"last": [last, 100.0]})}] }},
            xaxis: {{ autorangeoptions: bounds }},
        }};
        makeRoom(windows, traces, layout);
        return JSON.stringify([traces, bounds]);
    }})()"""
    return json.loads(browser.eval(script))


def test_a_figure_has_room_for_what_is_so_far_and_the_next(browser):
    last = NOON.timestamp() * 1000
    traces, bounds = room(browser, 101.0, last)
    assert [(it["x"], it["y"]) for it in traces] == [([last + 5000], [101.0]), ([None], [None])]
    assert bounds == {"include": [0, last + 10_000], "clipmin": 0, "clipmax": last + 10_000}


@pytest.mark.parametrize(
    ("average", "first", "text"),
    [(1186.311, {}, "1,186.31"), (0.081234, {}, "0.081234"), (98.0, {"first": 100.0}, "-2.00 %")],
)
def test_what_is_so_far_is_written_under_the_pointer_as_prices_are(browser, average, first, text):
    traces, _ = room(browser, average, NOON.timestamp() * 1000, **first)
    assert traces[0]["text"] == [text]
    assert traces[0]["hovertemplate"] == "IBM so far %{text}<extra></extra>"


def said_of_a_trade(browser, moments):
    """Give what a place says of one trade of noon at some moments: clocks, and the time (ms)."""
    trade = {"symbol": "IBM", "source": "binance", "price": 101.5, "event_id": "run-7"}
    script = f"""(() => {{
        const part = () => ({{ append(text) {{ this.firstChild = {{ data: text }}; }} }});
        const place = {{
            dataset: {{ symbol: "IBM", source: "binance" }},
            children: [],
            get firstChild() {{ return this.children[0]; }},
            replaceChildren(...parts) {{ this.children = parts; }},
        }};
        globalThis.document = {{ createElement: part, getElementsByClassName: () => [place] }};
        const trades = new Trades();
        trades.take({json.dumps(trade | {"event_time": format_time(NOON)})});
        const now = Date.now;
        const said = {json.dumps(moments)}.map(([clocks, at]) => {{
            Date.now = () => at;
            showTrades(trades, {{ clocks, labels: {{}} }});
            return [...place.children.map((it) => it.firstChild.data), place.dataset.shown];
        }});
        Date.now = now;
        trades.forget();
        showTrades(trades, {{ clocks: [], labels: {{}} }});
        return JSON.stringify([said, place.children, place.dataset.shown ?? null]);
    }})()"""
    return json.loads(browser.eval(script))


def test_the_time_of_a_trade_is_written_anew_in_another_zone_and_on_the_next_day(browser):
    noon, utc, new_york = NOON.timestamp() * 1000, [[0, 0, "UTC"]], [[0, -18_000_000, "EST"]]
    moments = [(utc, noon), (new_york, noon), (utc, noon + 86_400_000)]
    said, parts_after, shown_after = said_of_a_trade(browser, moments)
    assert said == [
        ["101.50", "", "at 12:00:00 UTC", "run-7"],
        ["101.50", "", "at 07:00:00 EST", "run-7"],
        ["101.50", "", "at 2026-03-02 12:00:00 UTC", "run-7"],
    ]
    assert (parts_after, shown_after) == ([], None)


def tag(browser, average, *, top=110.0, first=None):
    """Give the parts of a line's tag, on an axis of 10 px to a unit."""
    script = f"""(() => {{
        const yaxis = {{ d2p: (price) => 10 * ({top} - price), _offset: 50, _length: 200 }};
        const figure = {{ xaxis: {{ _offset: 5, _length: 600 }}, yaxis }};
        const line = {{ yaxis: "y", color: "#c30", background: "#fff", last: [0, 100.0] }};
        const change = {json.dumps({} if first is None else {"first": first})};
        const points = {json.dumps([] if average is None else [{"average": average}])};
        return JSON.stringify(tagOf(figure, {{ ...line, ...change }}, points));
    }})()"""
    return json.loads(browser.eval(script))


def tagged(browser, *lines):
    """Give the tagged ones' sources, of lines of (axis, symbol, source, end, ends so far)."""
    continuations = [
        {
            "line": {"yaxis": yaxis, "symbol": symbol, "source": source, "last": [end, 1.0]},
            "points": [{"end": it} for it in so_far],
        }
        for yaxis, symbol, source, end, so_far in lines
    ]
    script = f"tagged({json.dumps(continuations)}).map(({{ line }}) => line.source).join()"
    return browser.eval(script).split(",")


def test_the_newest_value_of_a_line_stands_at_its_axis(browser):
    box, (name, place, style, text) = tag(browser, 101.5)
    assert box[0] == "rect"
    assert (box[1]["x"], box[1]["y"] + box[1]["height"] / 2) == (607, 50 + 85)
    assert (name, place["y"], text) == ("text", 50 + 85, "101.50")
    assert (box[2]["fill"], style["fill"]) == ("#c30", "#fff")
    assert tag(browser, None)[1][3] == "100.00"  # what is final


def test_no_value_stands_where_it_is_out_of_sight(browser):
    assert tag(browser, 111.0) == []  # above the axis
    assert tag(browser, 89.0) == []  # below it


def test_of_several_sources_of_a_symbol_the_newest_stands_at_the_axis(browser):
    ibm = ("y", "IBM", "finnhub", 40, [])
    fallback = ("y", "IBM", "synthetic", 60, [])
    assert tagged(browser, ibm, ("y2", "AAPL", "replay", 20, [])) == ["finnhub", "replay"]
    assert tagged(browser, ibm, fallback) == ["synthetic"]
    assert tagged(browser, fallback, ibm) == ["synthetic"]
    assert tagged(browser, ("y", "IBM", "finnhub", 40, [50, 70]), fallback) == ["finnhub"]


def test_lines_have_their_values_in_a_browser_of_before_2024_too():
    engine = MiniRacer()
    engine.eval("delete Map.groupBy")
    for name in ("time_axis.js", "live/prices.js", "live/so_far.js"):
        engine.eval((Path(dashboard.__file__).parent / name).read_text())
    assert tagged(engine, ("y", "IBM", "a", 40, []), ("y2", "AAPL", "b", 20, [])) == ["a", "b"]


def test_no_value_stands_at_an_axis_of_several_symbols(browser):
    assert tagged(browser, ("y", "IBM", "a", 40, []), ("y", "AAPL", "a", 60, [])) == [""]


def test_at_an_axis_in_per_cent_stands_the_change(browser):
    box, text = tag(browser, 104.0, top=10.0, first=100.0)
    assert (text[1]["y"], text[3]) == (pytest.approx(50 + 60), "+4.00 %")
    assert box[1]["width"] == 7 * 7 + 8
    assert tag(browser, 96.0, top=10.0, first=100.0)[1][3] == "-4.00 %"
    assert tag(browser, 5.0, top=10.0, first=4.0) == []  # 25 % are out of sight, though 5 is not


def price_tag(browser, trade, *, first=None, opened=None):
    """Give place, words and colour at an axis of candles, of 10 px to a unit from 110 down.

    And from where to where a line goes across them, if one does.
    """
    price = {"last": 100.0, "open": 101.0, "up": "#0a0", "down": "#c00", "background": "#fff"}
    given = price | ({} if first is None else {"first": first})
    script = f"""(() => {{
        const yaxis = {{ d2p: (price) => 10 * (110 - price), _offset: 50, _length: 200 }};
        const figure = {{ xaxis: {{ _offset: 5, _length: 600 }}, yaxis }};
        const trade = {json.dumps(trade and {"price": trade})} ?? undefined;
        const candle = {json.dumps(opened and {"open": opened})} ?? undefined;
        return JSON.stringify(priceTag(figure, {json.dumps(given)}, trade, candle));
    }})()"""
    *lines, box, text = json.loads(browser.eval(script))
    for _, ends, style in lines:
        assert ends["y1"] == ends["y2"] == text[1]["y"]
        assert style["stroke"] == box[2]["fill"]
    across = [(ends["x1"], ends["x2"]) for _, ends, _ in lines]
    return text[1]["y"], text[3], box[2]["fill"], *across


def test_the_last_trade_stands_at_the_axis_of_candles_or_else_the_last_close(browser):
    assert price_tag(browser, 104.0) == (50 + 60, "104.00", "#0a0", (5, 605))
    assert price_tag(browser, 99.5) == (50 + 105, "99.50", "#c00", (5, 605))
    assert price_tag(browser, None) == (50 + 100, "100.00", "#c00", (5, 605))  # the candle fell


def test_the_last_trade_has_the_colour_of_the_candle_that_is_not_over(browser):
    assert price_tag(browser, 99.5, opened=99.0)[2] == "#0a0"
    assert price_tag(browser, 104.0, opened=104.5)[2] == "#c00"


def test_a_trade_beyond_the_axis_of_candles_stands_at_its_end(browser):
    assert price_tag(browser, 111.0) == (50, "111.00", "#0a0")
    assert price_tag(browser, 80.0) == (250, "80.00", "#c00")
    assert price_tag(browser, 108.0, first=100.0) == (250, "+8.00 %", "#0a0")


MINUTE_MS = 60_000
NOON_MS = NOON.timestamp() * 1000


def part(minute, prices, *, kind="candle", seconds=0, length=MINUTE, volume=None):
    """Give the window that begins some minutes after noon, of an open, high, low and close."""
    start = NOON + minute * MINUTE + timedelta(seconds=seconds)
    names = ("open_price", "max_price", "min_price", "close_price", "volume")
    named = {"kind": kind, "symbol": "IBM", "source": "synthetic", "offsets": {"0": 7}}
    times = {"window_start": format_time(start), "window_end": format_time(start + length)}
    return named | times | dict(zip(names, (*prices, volume), strict=True))


def formed(browser, parts, *, width=5, until=2, begun=None):
    """Give what a figure goes on with: the minute of each candle's end, and its prices."""
    candle = {
        "width": width * MINUTE_MS,
        "until": NOON_MS + until * MINUTE_MS,
        "begun": begun
        and dict(zip(("open", "high", "low", "close"), begun[1], strict=True))
        | {"end": NOON_MS + begun[0] * MINUTE_MS},
    }
    price = {"symbol": "IBM", "source": "synthetic", "candle": candle}
    script = f"""(() => {{
        const candles = new Candles();
        for (const part of {json.dumps(parts)}) candles.take(part);
        return JSON.stringify(candles.after({json.dumps(price)}));
    }})()"""
    return [
        ((it["end"] - NOON_MS) / MINUTE_MS, it["open"], it["high"], it["low"], it["close"])
        for it in json.loads(browser.eval(script))
    ]


def test_the_candle_that_is_not_over_goes_on_with_what_the_figure_has_of_it(browser):
    begun = (5, (10.0, 14.0, 9.0, 12.0))
    parts = [part(2, (12.0, 13.0, 8.0, 8.5), kind="window"), part(3, (8.5, 9.0, 8.2, 8.8))]
    assert formed(browser, parts, begun=begun) == [(5, 10.0, 14.0, 8.0, 8.8)]
    assert formed(browser, parts, begun=begun, until=3) == [(5, 10.0, 14.0, 8.2, 8.8)]
    assert formed(browser, parts) == [(5, 12.0, 13.0, 8.0, 8.8)]
    assert formed(browser, [], begun=begun) == [
        (5, 10.0, 14.0, 9.0, 12.0)
    ]  # or it were in no place


def test_the_next_candle_begins_while_the_one_before_waits_for_the_figure(browser):
    parts = [part(4, (1.0, 3.0, 1.0, 2.0)), part(5, (2.5, 2.6, 2.4, 2.5))]
    begun = (5, (4.0, 4.0, 2.0, 3.0))
    assert formed(browser, parts, begun=begun) == [
        (5, 4.0, 4.0, 1.0, 2.0),
        (10, 2.5, 2.6, 2.4, 2.5),
    ]
    assert formed(browser, parts, width=1) == [(5, 1.0, 3.0, 1.0, 2.0), (6, 2.5, 2.6, 2.4, 2.5)]


def test_a_window_that_is_no_part_of_a_width_belongs_where_it_ends(browser):
    flat, length = (1.0, 1.0, 1.0, 1.0), timedelta(seconds=90)
    parts = [part(at, flat, length=length) for at in (1.5, 3)]
    assert [end for end, *_ in formed(browser, parts, width=2, until=0)] == [4, 6]


def test_windows_that_overlap_are_no_part_of_a_candle_and_a_final_one_stays(browser):
    so_far, final = (1.0, 1.0, 1.0, 1.0), (2.0, 3.0, 1.0, 2.5)
    sliding = part(3, (9.0, 9.0, 9.0, 9.0), kind="window", seconds=5)
    parts = [part(3, so_far), sliding, part(3, final, kind="window"), part(3, so_far)]
    assert formed(browser, parts) == [(5, *final)]


PRICES = ("open", "high", "low", "close")


def candles_in_figures(rows, width_us):
    """Give the candles of windows, by their ends, and what the figure of them tells the browser."""
    newest = max(row["window_end"] for row in rows)
    shown, key = Range("1h", newest - DAY, newest), ("IBM", rows[0]["source"])
    found = candles_of(snapshot_of(*rows), key, shown, width_us, 0)
    made = candlesticks(key, found, Frame(shown, palette("light"), IN_UTC), Looks(), 100.0)
    bars = found.shown
    columns = [getattr(bars, f"candle_{name}") for name in PRICES] + [bars.volume]
    values = [
        tuple(None if np.isnan(it) else it for it in row) for row in zip(*columns, strict=True)
    ]
    ends = (found.ends / 1000).tolist()
    return dict(zip(ends, values, strict=True)), made["layout"]["meta"]["price"]


@settings(max_examples=100, deadline=None)
@given(
    seconds=st.sampled_from([30, 60, 90, 120, 420]),
    times=st.sampled_from([1, 2, 5, 15, 60]),
    windows=st.dictionaries(
        st.integers(0, 60),
        st.tuples(st.integers(1, 9), st.integers(1, 9), st.none() | st.integers(0, 9)),
        min_size=2,
    ),
    in_figure=st.integers(1, 60),
    source=st.sampled_from(["synthetic", "alpha-vantage"]),
)
def test_figure_and_browser_together_draw_what_a_later_figure_will(
    browser, *, seconds, times, windows, in_figure, source
):
    """Whatever a figure has of it, the browser goes on, and what both have counts once."""
    length, begin = timedelta(seconds=seconds), datetime(2026, 3, 2, 9, tzinfo=UTC)
    width_us = lcm(seconds, 60) * times * 1_000_000
    rows = [
        window(
            end=begin + (at + 1) * length, length=length, source=source, volume=volume,
            open_price=one, close_price=other, min_price=min(one, other), max_price=max(one, other),
        )
        for at, (one, other, volume) in sorted(windows.items())
    ]  # fmt: skip
    had = rows[: min(in_figure, len(rows) - 1)]
    slid = window(end=had[-1]["window_end"] + SLIDE, length=length, source=source)
    figure, price = candles_in_figures([*had, slid], width_us)
    later, _ = candles_in_figures(rows, width_us)
    messages = [
        row
        | {name: format_time(row[name]) for name in ("window_start", "window_end")}
        | {"kind": "candle" if row is rows[-1] else "window"}
        for row in rows
    ]
    script = f"""(() => {{
        const candles = new Candles();
        for (const message of {json.dumps(messages)}) candles.take(message);
        return JSON.stringify(candles.after({json.dumps(price)}));
    }})()"""
    found = {
        it["end"]: (*(it[name] for name in PRICES), it.get("volume"))
        for it in json.loads(browser.eval(script))
    }
    assert figure | found == later


@pytest.mark.parametrize("kind", ["candle", "window"])
def test_of_windows_of_two_lengths_none_counts_what_another_does(browser, kind):
    old = [part(at, (1.0, 1.0 + at, 1.0, 1.0), kind="window") for at in (0, 1)]
    long = part(0, (2.0, 3.0, 1.0, 2.5), kind=kind, length=5 * MINUTE)
    assert formed(browser, [*old, long], until=0) == [(5, 2.0, 3.0, 1.0, 2.5)]
    short = part(2, (2.5, 4.0, 2.0, 2.0), kind=kind)
    assert formed(browser, [long, short], until=0, width=1) == [(3, 2.5, 4.0, 2.0, 2.0)]


def test_a_candle_of_a_day_has_all_its_minutes_while_no_window_becomes_final(browser):
    parts = [part(at, (1.0 + at, 2000.0 - at, 1.0, 1.0)) for at in range(720)]
    assert formed(browser, parts, until=0, width=1440) == [(720, 1.0, 2000.0, 1.0, 1.0)]


@pytest.mark.parametrize(
    ("begun", "volumes", "of_the_day", "expected"),
    [
        (100.0, (20.0, 30.0), False, 150.0),
        (100.0, (130.0, 120.0), True, 130.0),
        (None, (20.0, None), False, 20.0),
        (None, (None, None), False, None),
    ],
)
def test_the_volume_of_the_candle_so_far(browser, begun, volumes, of_the_day, expected):
    end, flat = NOON_MS + 5 * MINUTE_MS, (1.0, 1.0, 1.0, 1.0)
    before = {"end": end, "open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": begun}
    candle = {"width": 5 * MINUTE_MS, "until": NOON_MS, "begun": before}
    price = {
        "symbol": "IBM",
        "source": "synthetic",
        "candle": candle | {"volume_of_the_day": of_the_day},
    }
    parts = [part(at, flat, volume=volume) for at, volume in enumerate(volumes)]
    script = f"""(() => {{
        const candles = new Candles();
        for (const part of {json.dumps(parts)}) candles.take(part);
        return JSON.stringify(candles.after({json.dumps(price)})[0].volume ?? null);
    }})()"""
    assert json.loads(browser.eval(script)) == expected


def candle_paths(browser, prices, *, first=None, begin=0, width_px=600):
    """Draw a candle of a minute on axes of 10 px to a unit and to 5 s, from 110 and noon on.

    The axis may begin some seconds later, and be shorter.
    Below it its volume of 30, 1 px to a unit from 100 on.
    """
    price = {
        "symbol": "IBM", "source": "synthetic", "up": "#0a0", "down": "#c00", "faint": "#fcc",
        "background": "#fff", "candle": {"width": MINUTE_MS, "volume_width": 48_000},
    } | ({} if first is None else {"first": first})  # fmt: skip
    candle = dict(zip(("open", "high", "low", "close"), prices, strict=True))
    candle |= {"end": NOON_MS + MINUTE_MS, "offsets": {"0": 7}, "volume": 30}
    script = f"""(() => {{
        const yaxis = {{ d2p: (price) => 10 * (110 - price), _offset: 50, _length: 200 }};
        const d2p = (time) => (time - {NOON_MS + 1000 * begin}) / 500;
        const xaxis = {{ d2p, _offset: 5, _length: {width_px} }};
        const yaxis2 = {{ d2p: (volume) => 100 - volume, _offset: 300, _length: 100 }};
        const figure = {{ xaxis, yaxis, yaxis2 }}, formed = [{json.dumps(candle)}];
        return JSON.stringify(candleShapes(figure, {json.dumps(price)}, formed, 20_000));
    }})()"""
    return json.loads(browser.eval(script))


def test_the_candle_so_far_is_drawn_dashed_by_the_axes(browser):
    wicks, body, volume = candle_paths(browser, (100.0, 106.0, 99.0, 104.0))
    assert wicks[1]["d"] == "M65,90V110M65,150V160"
    assert body[1]["d"] == "M25,110H105V150H25Z"
    assert body[2] == {
        "fill": "#fff", "stroke": "#0a0", "strokeWidth": "1.5", "strokeDasharray": "3 2"
    }  # fmt: skip
    assert json.loads(body[1]["data-candle"]) == ["IBM", "synthetic", {"0": 7}]
    assert (volume[1]["d"], volume[2]) == ("M17,400V370H113V400", body[2])
    _, falling, _ = candle_paths(browser, (104.0, 106.0, 99.0, 100.0))
    assert (falling[2]["fill"], falling[2]["stroke"]) == ("#fcc", "#c00")
    _, in_percent, _ = candle_paths(browser, (100.0, 106.0, 99.0, 104.0), first=1.0)
    assert in_percent[1]["d"] == "M25,50H105V50H25Z"  # out of sight: at the end of the axis


def test_of_a_candle_that_a_zoom_cuts_is_drawn_what_is_within_the_axis(browser):
    prices = (100.0, 106.0, 99.0, 104.0)
    wicks, body, volume = candle_paths(browser, prices, width_px=80)
    assert wicks[1]["d"] == "M65,90V110M65,150V160"
    assert (body[1]["d"], volume[1]["d"]) == ("M25,110H85V150H25Z", "M17,400V370H85V400")
    body, volume = candle_paths(browser, prices, begin=40)
    assert (body[1]["d"], volume[1]["d"]) == ("M5,110H25V150H5Z", "M5,400V370H33V400")
    assert candle_paths(browser, prices, begin=60) == []
    assert candle_paths(browser, prices, width_px=10) == []


def test_a_figure_has_room_for_its_next_candle_and_leaves_out_what_it_goes_on_with(browser):
    price = {
        "symbol": "IBM", "source": "synthetic",
        "candle": {
            "width": MINUTE_MS, "until": NOON_MS, "hovered": ",.2f", "volume_width": 48_000,
            "begun": {
                "end": NOON_MS + MINUTE_MS, "open": 5, "high": 6, "low": 4, "close": 5, "volume": 30
            },
        },
    }  # fmt: skip
    script = f"""(() => {{
        const candles = new Candles();
        candles.take({json.dumps(part(0, (5.0, 7.0, 5.0, 6.5), volume=20.0))});
        const begun = ["part", "volume"].map((name) => ({{ name, meta: "begun" }}));
        const traces = [{{ name: "whole" }}, ...begun];
        const bounds = {{ include: [0, {NOON_MS}], clipmax: {NOON_MS} }};
        const [meta, xaxis] = [{{ price: {json.dumps(price)} }}, {{ autorangeoptions: bounds }}];
        makeRoomForCandles(candles, traces, {{ meta, xaxis }});
        return JSON.stringify([traces, bounds]);
    }})()"""
    (whole, room, volume), bounds = json.loads(browser.eval(script))
    assert (whole["name"], room["name"]) == ("whole", "IBM so far")
    assert [room[it] for it in ("x", "open", "high", "low", "close")] == [
        [NOON_MS + MINUTE_MS / 2], [5], [7], [4], [6.5]
    ]  # fmt: skip
    assert [volume[it] for it in ("x", "y", "yaxis")] == [room["x"], [50], "y2"]
    assert bounds["clipmax"] == bounds["include"][1] == NOON_MS + MINUTE_MS


def test_of_a_candle_of_days_the_figure_s_volume_stays_where_a_feed_has_the_day_s(browser):
    width = 7 * 24 * 60 * MINUTE_MS
    end = -(-NOON_MS // width) * width
    begun = {"end": end, "open": 5, "high": 6, "low": 4, "close": 5, "volume": 300}
    candle = {"width": width, "until": NOON_MS, "begun": begun, "volume_of_the_day": True}
    price = {"symbol": "IBM", "source": "synthetic", "candle": candle}
    script = f"""(() => {{
        const candles = new Candles();
        candles.take({json.dumps(part(0, (5.0, 7.0, 5.0, 6.5), volume=120.0))});
        const begun = ["candlestick", "bar"].map((type) => ({{ name: type, type, meta: "begun" }}));
        const traces = [...begun];
        const xaxis = {{ autorangeoptions: {{ include: [0, {end}], clipmax: {end} }} }};
        makeRoomForCandles(candles, traces, {{ meta: {{ price: {json.dumps(price)} }}, xaxis }});
        return JSON.stringify([traces, candles.after({json.dumps(price)})]);
    }})()"""
    (figure, room, volume), [formed] = json.loads(browser.eval(script))
    assert figure["name"] == "bar"
    assert (room["name"], room["high"]) == ("IBM so far", [7])
    assert volume["y"] == [None]
    assert "volume" not in formed


def figure_of(name):
    shown = Range(name, NOON - 15 * MINUTE, NOON)
    bars = {
        ("IBM", "synthetic"): bars_of(window(average=101.0)),
        ("AAPL", "replay"): bars_of(window()),
    }
    framed = Frame(shown, palette("light"), IN_UTC)
    return lines(bars, ["AAPL", "IBM"], [], 0.5, framed, log=False)


def test_a_figure_says_where_its_lines_end():
    found = figure_of("15m")["layout"]["meta"]["live"]
    assert [(it["symbol"], it["source"], it["yaxis"], it["last"]) for it in found] == [
        ("IBM", "synthetic", "y2", [NOON.timestamp() * 1000, 101.0]),
        ("AAPL", "replay", "y", [NOON.timestamp() * 1000, 100.0]),
    ]


def test_a_range_of_its_own_ends_where_it_ends():
    assert figure_of(CUSTOM)["layout"]["meta"]["live"] == []


PAGE = """(symbols, given) => {
    const asked = [], cards = symbols.map((symbol) => ({ dataset: { symbol } }));
    let away, look, connect, now = 0;
    const document = {
        hidden: true,
        body: { classList: { toggle: (_, is) => { away = is; } } },
        getElementsByClassName: (name) => (name === "live-price" ? cards : []),
    };
    const [location, showChoice] = [{ protocol: "http:", host: "page" }, () => {}];
    const setInterval = (act) => { look = act; };
    const setTimeout = (act) => { connect = act; };
    let frames = [], frame = 0;
    const requestAnimationFrame = (act) => { frames.push([++frame, act]); return frame; };
    const cancelAnimationFrame = (which) => { frames = frames.filter(([it]) => it !== which); };
    const paint = () => { for (const [, act] of frames.splice(0)) act(); };
    Date.now = () => now;
    class MutationObserver { observe() {} }
    const sockets = [];
    class WebSocket {
        static OPEN = 1;
        readyState = 1;
        constructor(url) {
            this.url = url;
            sockets.push(this);
        }
        send(text) { asked.push(JSON.parse(text)); }
        close() { this.readyState = 2; }
    }
    const showTrades = () => {};
    SCRIPT
    const window = { page: new LivePage() };
    window.page.set(given);
    sockets[0].onopen();
    STEPS
}"""


@pytest.fixture
def given(monkeypatch):
    """What the server says of the page."""
    drawn = {}
    monkeypatch.setattr(component, "_draw", lambda: lambda **others: drawn.update(others["data"]))
    component.live_page([], paused=False)
    return drawn


def of_a_page(steps, symbols, given):
    """Open a page that has so many cards, and do these steps."""
    scripts = Path(dashboard.__file__).parent / "live"
    script = (scripts / "page.js").read_text().partition("export default")[0]
    engine = MiniRacer()  # its clock is of this page alone
    for name in ("prices.js", "so_far.js", "candle.js"):
        engine.eval((scripts / name).read_text())
    page = PAGE.replace("SCRIPT", script).replace("STEPS", steps)
    return call(engine, f"({page})", symbols, given)


def test_a_page_names_as_many_symbols_as_its_server_takes(given):
    """Of more the server would close the connection, again and again."""
    symbols = [f"S{number}" for number in range(given["mostSymbols"] + 1)]
    [named] = of_a_page("return asked;", symbols, given)
    assert asked_of(json.dumps(named)) == Asked(frozenset(symbols[:-1]), frozenset())
    assert asked_of(json.dumps({"symbols": symbols, "candles": []})) is None


def test_a_connection_that_is_dead_and_tells_nobody_is_made_anew(given):
    steps = """
        const seen = [], see = (at) => { now = at; look(); seen.push([sockets.length, away]); };
        see(30_000);
        sockets[0].onmessage({ target: sockets[0], data: "[]" });
        see(74_000);
        see(76_000);
        connect();
        sockets[1].onopen();
        sockets[1].onmessage({ target: sockets[1], data: '[{"kind":"live"}]' });
        see(78_000);
        return [seen, sockets.map((it) => it.readyState), asked];
    """
    seen, states, asked = of_a_page(steps, ["IBM"], given)
    assert seen == [[1, None], [1, None], [1, True], [2, False]]
    assert states == [2, 1]
    assert asked == [{"symbols": ["IBM"], "candles": []}] * 2


def test_after_the_clock_was_set_back_a_connection_is_made_anew(given):
    steps = """
        now = 3_600_000;
        sockets[0].onmessage({ target: sockets[0], data: "[]" });
        now = 0;
        look();
        return away;
    """
    assert of_a_page(steps, ["IBM"], given) is True


def test_a_page_that_connects_again_says_up_to_when_it_has_alerts(given):
    steps = """
        const notified = [];
        const notify = ({ id }, openedAt) => notified.push([id, openedAt]);
        const take = (...messages) => {
            const target = sockets.at(-1);
            target.onmessage({ target, data: JSON.stringify(messages) });
        };
        const again = () => {
            sockets.at(-1).onclose();
            connect();
        };
        again();
        take({ kind: "opened", at: 7000 });
        again();
        take({ kind: "opened", at: 9000 }, { kind: "alert", id: "8000-a-1" });
        take({ kind: "alert", id: "7500-a-2" });
        again();
        return [sockets.map(({ url }) => url.replace("ws://page", "")), notified];
    """
    addresses, notified = of_a_page(steps, [], given)
    assert addresses == ["/live", "/live", "/live?after=7000", "/live?after=8000"]
    assert notified == [["8000-a-1", 7000], ["7500-a-2", 7000]]


def test_alerts_of_before_a_page_was_opened_are_no_notifications_whatever_the_browsers_clock():
    engine = MiniRacer()
    engine.eval((Path(dashboard.__file__).parent / "live" / "notify.js").read_text())
    script = """(() => {
        const shown = [];
        globalThis.Notification = class {
            static permission = "granted";
            constructor(rule, { tag }) { shown.push(tag); }
        };
        for (const at of [939_999, 940_000, 1_000_000])
            notify({ id: `${at}-a-1`, alert_id: at, rule: "r", text: "t" }, 1_000_000);
        return JSON.stringify(shown);
    })()"""
    assert json.loads(engine.eval(script)) == [940_000, 1_000_000]


def test_a_page_tells_its_server_what_it_has_painted_as_long_as_they_are_connected(given):
    steps = """
        const [socket] = sockets;
        const message = { target: socket, data: "[]" };
        socket.onmessage(message);
        const before = [...asked];
        paint();
        const after = [...asked];
        socket.onmessage(message);
        socket.close();
        paint();
        return [before, after, asked];
    """
    names = {"symbols": ["IBM"], "candles": []}
    before, after, at_last = of_a_page(steps, ["IBM"], given)
    assert (before, after, at_last) == ([names], [names, "painted"], [names, "painted"])


def test_a_tab_that_nobody_sees_tells_of_one_frame_once_it_is_painted(given):
    steps = """
        const [socket] = sockets;
        for (let count = 0; count < 100; count++) socket.onmessage({ target: socket, data: "[]" });
        paint();
        return asked;
    """
    names = {"symbols": ["IBM"], "candles": []}
    assert of_a_page(steps, ["IBM"], given) == [names, "painted"]


def test_on_a_paused_page_the_axes_may_move_and_nothing_is_beyond_the_figure(given):
    steps = """
        const price = { symbol: "IBM", source: "synthetic", candle: { width: 60_000, until: 0 } };
        const figure = { layout: { meta: { price } } };
        document.getElementsByClassName = (name) => (name === "chart" ? [figure] : []);
        const drawn = [];
        const drawSoFar = (_windows, candles, _trades, node) => {
            drawn.push([candles.after(price).length, node === figure]);
        };
        const prices = { open_price: 1, max_price: 1, min_price: 1, close_price: 1 };
        const times = { window_start: "1970-01-01T00:01:00Z", window_end: "1970-01-01T00:02:00Z" };
        const part = { kind: "candle", symbol: "IBM", source: "synthetic", ...times, ...prices };
        sockets[0].onmessage({ target: sockets[0], data: JSON.stringify([part]) });
        look();
        window.page.set({ ...given, paused: true });
        look();
        return drawn;
    """
    assert of_a_page(steps, [], given) == [[1, True], [0, True]]


def test_a_candle_that_was_not_shown_for_a_while_is_not_taken_for_what_it_is_now(given):
    """While lines were shown nothing told of it; what is final stays."""
    steps = """
        const price = { symbol: "IBM", source: "synthetic", candle: { width: 60_000, until: 0 } };
        const figure = { layout: { meta: { price } } };
        let figures = [figure];
        document.getElementsByClassName = (name) => (name === "chart" ? figures : []);
        const drawn = [];
        const drawSoFar = (_windows, candles) => drawn.push(candles.after(price).length);
        const prices = { open_price: 1, max_price: 1, min_price: 1, close_price: 1 };
        const parts = [["window", 1], ["candle", 2]].map(([kind, at]) => ({
            kind, symbol: "IBM", source: "synthetic", ...prices,
            window_start: `1970-01-01T00:0${at}:00Z`, window_end: `1970-01-01T00:0${at + 1}:00Z`,
        }));
        look();
        sockets[0].onmessage({ target: sockets[0], data: JSON.stringify(parts) });
        look();
        figures = [];
        look();
        figures = [figure];
        look();
        return [drawn, asked.map(({ candles }) => candles)];
    """
    drawn, asked = of_a_page(steps, [], given)
    assert (drawn[0], drawn[-2:], asked[-2:]) == (0, [2, 1], [[], ["IBM"]])


def refreshes(steps, *, until):
    """Give when (ms) refreshes are asked for, on a clock of the test's own.

    Steps are (ms, JavaScript): what happens to `refresh` then; `draw` is what a refresh does, and
    `given` what the page's server says of the page.
    """
    script = f"""(() => {{
        let now = 0, setBack = 0, timer;
        const asked = [];
        Date.now = () => now - setBack;
        setTimeout = (act, ms) => {{ timer = {{ act, at: now + ms }}; return timer; }};
        clearTimeout = (it) => {{ if (it === timer) timer = undefined; }};
        const [refresh, given] = [new Refresh(), {{ paused: false }}];
        globalThis.window = {{ pageRefresh: refresh, livePage: {{ given }} }};
        const setTriggerValue = () => asked.push(now);
        const draw = (version, latest_ms = 10000) =>
            drawn({{ data: {{ version, soonest_ms: 2000, latest_ms }}, setTriggerValue }});
        const steps = {json.dumps(steps)};
        while (now <= {until}) {{
            while (steps.length && steps[0][0] <= now) eval(steps.shift()[1]);
            while (timer && timer.at <= now) {{
                const {{ act }} = timer;
                timer = undefined;
                act();
            }}
            now += 100;
        }}
        return JSON.stringify(asked);
    }})()"""
    engine = MiniRacer()  # its clock is of this test alone
    scripts = Path(dashboard.__file__).parent / "live"
    engine.eval((scripts / "refresh.js").read_text())
    part = (scripts / "drawn.js").read_text()
    engine.eval(part.replace("export default function", "function drawn"))
    return json.loads(engine.eval(script))


def test_a_refresh_comes_at_once_with_newer_data():
    steps = [(0, "draw(1)"), (5000, "refresh.has(2)"), (5100, "draw(2)")]
    assert refreshes(steps, until=10_000) == [5000]


def test_refreshes_do_not_follow_each_other_sooner_than_is_chosen():
    steps = [(0, "draw(1)"), (500, "refresh.has(2)"), (2100, "draw(2)"), (2200, "refresh.has(3)")]
    assert refreshes(steps, until=4_500) == [2000, 4100]


def test_after_the_clock_was_set_back_refreshes_come_as_before():
    steps = [(0, "draw(1)"), (5000, "setBack = 3_600_000; refresh.has(2)"), (7100, "draw(2)")]
    assert refreshes(steps, until=9_000) == [7000]


def test_data_that_came_while_the_page_was_drawn_is_not_missed():
    steps = [(0, "draw(1)"), (5000, "refresh.has(2)"), (5100, "refresh.has(3); draw(2)")]
    assert refreshes(steps, until=7_500) == [5000, 7100]


def test_without_newer_data_a_refresh_comes_in_the_end():
    steps = [(0, "draw(1)"), (3000, "refresh.has(1)"), (10_100, "draw(1, 2000)")]
    assert refreshes(steps, until=13_000) == [10_000, 12_100]


def test_a_refresh_that_is_lost_is_asked_for_again():
    assert refreshes([(0, "draw(1)")], until=19_000) == [10_000, 14_000, 18_000]


def test_before_the_page_is_drawn_nothing_is_asked_for():
    steps = [(0, "refresh.has(1)"), (100, "refresh.soon()"), (200, "draw(1)")]
    assert refreshes(steps, until=9_000) == []


def test_a_server_that_began_anew_counts_versions_anew():
    steps = [(0, "draw(500)"), (3000, "refresh.has(2)"), (3100, "draw(2)")]
    assert refreshes(steps, until=12_000) == [3000]


def test_a_page_that_is_paused_while_it_runs_asks_for_nothing_until_it_goes_on():
    steps = [
        (0, "draw(1)"),
        (1000, "given.paused = true"),
        (3000, "refresh.has(2)"),
        (20_000, "given.paused = false; draw(2)"),
        (21_000, "refresh.has(3)"),
    ]
    assert refreshes(steps, until=22_500) == [22_000]
