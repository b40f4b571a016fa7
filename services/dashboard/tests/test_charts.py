"""What the figure shows."""

from datetime import timedelta

import numpy as np
import pytest
from conftest import NOON, table, window
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts import View, figure
from dashboard.theme import palette
from dashboard.thinning import kept
from dashboard.windows import in_range

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def drawn(*rows, symbols=("IBM",), span=15 * MINUTE, threshold=5.0):
    view = View(
        symbols=symbols,
        end=NOON,
        span=span,
        spike_threshold_pct=threshold,
        palette=palette("light"),
    )
    return figure(in_range(table(*rows), NOON, None), view)


def traces(fig, beginning):
    return [trace for trace in fig.data if trace.name.startswith(beginning)]


def test_each_symbol_has_a_panel_with_its_average_and_maximum():
    fig = drawn(window(), window("AAPL", average=50.0), symbols=("IBM", "AAPL"))
    assert [(it.name, it.yaxis, list(it.y)) for it in fig.data] == [
        ("Average · Synthetic", "y", [100.0]),
        ("Maximum · Synthetic", "y", [101.0]),
        ("Average · Synthetic", "y2", [50.0]),
        ("Maximum · Synthetic", "y2", [51.0]),
    ]
    assert [it.text for it in fig.layout.annotations] == ["<b>IBM</b>", "<b>AAPL</b>"]


def test_panels_do_not_overlap_and_share_the_time_axis():
    fig = drawn(window(), symbols=("A", "B", "C"))
    low = [fig.layout[f"yaxis{at}"].domain for at in ("", 2, 3)]
    assert low[0][0] > low[1][1]
    assert low[1][0] > low[2][1]
    assert low[2][0] == 0
    assert {fig.layout[f"yaxis{at}"].anchor for at in ("", 2, 3)} == {"x"}


def test_each_line_is_named_once_in_the_legend():
    fig = drawn(window(), window("AAPL"), symbols=("IBM", "AAPL"))
    assert [it.showlegend for it in fig.data] == [True, True, False, False]


def test_a_window_is_drawn_where_it_ends_in_utc():
    assert traces(drawn(window()), "Average")[0].x == pytest.approx([NOON.timestamp() * 1000])


def test_sources_are_told_apart_by_colour_and_name_and_what_is_made_up_by_its_line():
    fig = drawn(window(), window(source="alpha-vantage"), window(source="replay"))
    averages = traces(fig, "Average")
    assert {it.name: it.line.dash for it in averages} == {
        "Average · Alpha Vantage": "solid",
        "Average · Replay": "solid",
        "Average · Synthetic": "dot",
    }
    assert len({it.line.color for it in averages}) == 3


def test_the_zoom_stays_while_symbols_and_range_are_the_same():
    first, later = drawn(window()), drawn(window(), window(end=NOON - MINUTE))
    assert first.layout.uirevision == later.layout.uirevision
    assert first.layout.uirevision != drawn(window(), span=None).layout.uirevision
    assert first.layout.uirevision != drawn(window(), symbols=("AAPL",)).layout.uirevision


def test_the_axis_shows_the_whole_range_and_no_fixed_one():
    axis = drawn(window()).layout.xaxis
    start = (NOON - 15 * MINUTE).timestamp() * 1000
    assert axis.autorangeoptions.include == (start, NOON.timestamp() * 1000)
    assert axis.range is None
    assert drawn(window(), span=None).layout.xaxis.autorangeoptions.include is None


def test_the_line_breaks_where_windows_are_missing():
    ends = [NOON - at * 5 * SECOND for at in (60, 59, 2, 1, 0)]
    average = traces(drawn(*(window(end=end) for end in ends)), "Average")[0]
    assert list(np.isnan(average.y)) == [False, False, True, False, False, False]
    assert list(np.isnan(average.x)) == [False, False, True, False, False, False]


def test_quotes_of_one_a_day_are_one_line_that_breaks_where_weeks_are_missing():
    days = [day for day in range(60) if day % 7 < 5 and not 30 <= day < 50]
    rows = [window(end=NOON - (59 - day) * DAY, source="replay") for day in days]
    average = traces(drawn(*rows, span=None), "Average")[0]
    assert np.isnan(average.y).sum() == 1


def test_a_symbol_without_windows_has_an_empty_panel():
    fig = drawn(window(), symbols=("IBM", "AAPL"))
    assert len(fig.data) == 2
    assert len(fig.layout.annotations) == 2


def test_windows_over_the_threshold_that_overlap_are_one_spike_at_its_highest():
    rows = [
        window(end=NOON - at * 5 * SECOND, max_price=peak, max_deviation_pct=deviation)
        for at, peak, deviation in [(40, 110.0, 10), (3, 107.0, 7), (2, 108.0, 8), (1, 107.5, 7.5)]
    ]
    spikes = traces(drawn(*rows, threshold=5.0), "Spike")[0]
    assert spikes.name == "Spike ≥ 5 %"
    assert list(spikes.y) == [110.0, 108.0]
    assert list(spikes.customdata) == [10.0, 8.0]


def test_below_the_threshold_there_is_no_spike():
    assert traces(drawn(window(max_deviation_pct=0.4), threshold=0.5), "Spike") == []


def test_a_long_history_is_drawn_with_bounded_points_and_its_extremes():
    count = 20_000
    rows = [window(end=NOON - at * 5 * SECOND, average=100 + at % 7) for at in range(count)]
    rows[7777] |= {"avg_price": 900.0, "max_price": 950.0}
    rows[8888] |= {"avg_price": 1.0}
    average, maximum = drawn(*rows, span=None).data[:2]
    assert len(average.x) <= 1250
    assert np.nanmax(average.y) == 900
    assert np.nanmin(average.y) == 1
    assert np.nanmax(maximum.y) == 950
    assert not np.isnan(average.y).any()


@given(
    st.lists(
        st.tuples(st.integers(1, 1000), st.floats(1, 1e6), st.floats(1, 1e6)),
        min_size=1,
        max_size=300,
    ),
    st.integers(1, 20),
)
def test_thinning_keeps_extremes_and_ends_in_order(points, buckets):
    steps, average, maximum = (np.array(values, float) for values in zip(*points, strict=True))
    chosen = kept(np.cumsum(steps), average, maximum, buckets)
    assert len(chosen) <= 5 * buckets
    assert list(chosen) == sorted(set(chosen))
    assert chosen[0] == 0
    assert chosen[-1] == len(points) - 1
    assert average[chosen].max() == average.max()
    assert average[chosen].min() == average.min()
    assert maximum[chosen].max() == maximum.max()
