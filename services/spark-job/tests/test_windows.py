"""The aggregates are those of a calculation that knows nothing of Spark."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import Row
from pyspark.sql.pandas.types import to_arrow_schema

from contracts.refusals import Reason
from spark_job.checking.bulk import EVENTS
from spark_job.windowing.columns import columns
from spark_job.windowing.partials import PARTIAL, TaskReport, reported, sum_up
from spark_job.windowing.windows import Windows, aggregate


class Trade(NamedTuple):
    time_us: int
    symbol: str
    source: str
    price: float
    volume: float | None


WINDOWS = Windows(timedelta(minutes=1), timedelta(seconds=5), timedelta(0))


def partials(trades: Iterable[Trade], windows: Windows = WINDOWS, parts: int = 1) -> list[tuple]:
    """Sum the trades up in so many parts, as so many tasks or batches would."""
    rows = list(trades)
    summed = [
        sum_up([pa.record_batch([*map(list, zip(*part, strict=True))], EVENTS)], windows.slide)
        for part in (rows[first::parts] for first in range(parts))
        if part
    ]
    return [tuple(row.values()) for batch in summed for row in batch.to_pylist()]


def computed(session, trades: Iterable[Trade], windows: Windows = WINDOWS, parts: int = 1):
    found = aggregate(session.createDataFrame(partials(trades, windows, parts), PARTIAL), windows)
    rows = [row.asDict() for row in found.collect()]
    table = columns(pa.Table.from_pylist(rows, to_arrow_schema(found.schema)), windows.length)
    return {
        (row["symbol"], row["source"], round(row["window_start"].timestamp() * 1e6)): Row(**row)
        for row in table.to_pylist()
    }


def expected(trades: Iterable[Trade], windows: Windows = WINDOWS):
    length_us, slide_us = (span // timedelta(microseconds=1) for span in windows[:2])
    groups = defaultdict(list)
    for trade in trades:
        start_us = trade.time_us - trade.time_us % slide_us
        while start_us > trade.time_us - length_us:
            groups[trade.symbol, trade.source, start_us].append(trade)
            start_us -= slide_us
    return groups


def require_equal(row, trades: list[Trade]) -> None:
    prices = [trade.price for trade in trades]
    mean = math.fsum(prices) / len(prices)
    volumes = [trade.volume for trade in trades if trade.volume is not None]
    total = max if trades[0].source == "alpha-vantage" else math.fsum
    first, last = min(t.time_us for t in trades), max(t.time_us for t in trades)
    assert row.event_count == len(prices)
    assert row.avg_price == pytest.approx(mean, rel=1e-9)
    assert row.min_price <= row.avg_price <= row.max_price
    assert (row.min_price, row.max_price) == (min(prices), max(prices))
    assert row.open_price in {trade.price for trade in trades if trade.time_us == first}
    assert row.close_price in {trade.price for trade in trades if trade.time_us == last}
    assert row.volume == (pytest.approx(total(volumes)) if volumes else None)
    require_vwap(row, trades)
    deviation = 100 * (max(prices) - mean) / mean
    assert row.max_deviation_pct == pytest.approx(max(0, deviation), rel=1e-6, abs=1e-9)
    assert row.max_deviation_pct >= 0
    if len(prices) == 1:
        assert row.stddev_price is None
    else:
        spread = statistics.stdev(prices)
        assert row.stddev_price == pytest.approx(spread, rel=1e-6, abs=1e-12 * mean)


def require_vwap(row, trades: list[Trade]) -> None:
    traded = [trade for trade in trades if trade.volume and trade.source != "alpha-vantage"]
    if not traded:
        assert row.vwap is None
        return
    turnover = math.fsum(trade.price * trade.volume for trade in traded)
    mean = turnover / math.fsum(trade.volume for trade in traded)
    assert row.vwap == pytest.approx(mean, rel=1e-9)
    assert row.min_price <= row.vwap <= row.max_price


trades = st.builds(
    Trade,
    time_us=st.integers(0, 400_000_000) | st.integers(0, 80).map(lambda n: n * 5_000_000),
    symbol=st.sampled_from(["IBM", "AAPL", "BRK.B"]),
    source=st.sampled_from(["synthetic", "alpha-vantage"]),
    price=st.floats(0.01, 1e9),
    volume=st.none() | st.just(0.0) | st.floats(1e-9, 1e15),
)
LENGTHS_AND_SLIDES_S = [(60, 5), (60, 60), (10, 2.5), (86_400, 28_800)]
shapes = st.sampled_from(LENGTHS_AND_SLIDES_S).map(
    lambda spans: Windows(*[timedelta(seconds=span) for span in spans], timedelta(0))
)


@settings(max_examples=12)
@given(trades=st.lists(trades, min_size=1, max_size=40), windows=shapes, parts=st.integers(1, 4))
def test_windows_are_those_of_an_independent_calculation(session, trades, windows, parts):
    rows, groups = computed(session, trades, windows, parts), expected(trades, windows)
    assert rows.keys() == groups.keys()
    for key, group in groups.items():
        require_equal(rows[key], group)


def test_a_window_includes_its_start_and_excludes_its_end(session):
    rows = computed(session, [Trade(60_000_000, "IBM", "synthetic", 1.0, None)])
    starts = sorted(start_us // 1_000_000 for _, _, start_us in rows)
    assert starts == list(range(5, 61, 5))
    assert {row.window_end - row.window_start for row in rows.values()} == {timedelta(minutes=1)}


def test_two_sources_never_meet_in_a_row(session):
    both = [Trade(1_000_000, "IBM", source, 1.0, 1.0) for source in ("synthetic", "replay")]
    assert {row.event_count for row in computed(session, both).values()} == {1}


def test_volume_is_summed_except_where_the_feed_sends_the_day_s(session):
    volumes = [
        Trade(time_us, "IBM", source, 1.0, volume)
        for source in ("synthetic", "alpha-vantage")
        for time_us, volume in ((1_000_000, 100.0), (2_000_000, 130.0), (3_000_000, None))
    ]
    rows = computed(session, volumes)
    assert rows["IBM", "synthetic", 0].volume == 230.0
    assert rows["IBM", "alpha-vantage", 0].volume == 130.0


def test_vwap_weighs_each_price_with_its_volume(session):
    prices_and_volumes = [(10.0, 1.0), (20.0, 3.0), (99.0, None), (99.0, 0.0)]
    some = [
        Trade(us * 6_000_000, "IBM", source, price, volume)
        for source in ("synthetic", "alpha-vantage")
        for us, (price, volume) in enumerate(prices_and_volumes)
    ]
    rows = computed(session, some, parts=2)
    assert rows["IBM", "synthetic", 0].vwap == 17.5  # (10 * 1 + 20 * 3) / (1 + 3)
    assert rows["IBM", "alpha-vantage", 0].vwap is None


@pytest.mark.parametrize("volume", [None, 0.0])
def test_there_is_no_vwap_where_nothing_was_traded(session, volume):
    rows = computed(session, [Trade(us, "IBM", "synthetic", 1.0, volume) for us in range(3)])
    assert {row.vwap for row in rows.values()} == {None}


@pytest.mark.parametrize("volume", [5e-324, 0.1, 1e15])
def test_the_vwap_of_equal_prices_is_that_price(session, volume):
    same = [Trade(us * 7_000_000, "IBM", "synthetic", 100.1, volume) for us in range(8)]
    assert {row.vwap for row in computed(session, same, parts=3).values()} == {100.1}


def test_a_vwap_of_the_largest_prices_and_volumes_does_not_overflow(session):
    largest = [Trade(us, "IBM", "synthetic", 1e9, 1e15) for us in range(1000)]
    assert {row.vwap for row in computed(session, largest).values()} == {1e9}


def test_open_and_close_go_by_event_time_whatever_the_order_of_arrival(session):
    times_and_prices = [(2, 7.0), (3, 9.0), (1, 8.0)]
    prices = [Trade(us, "IBM", "synthetic", price, None) for us, price in times_and_prices]
    row = computed(session, prices)["IBM", "synthetic", 0]
    assert (row.open_price, row.close_price) == (8.0, 9.0)


def test_the_mean_of_equal_prices_is_that_price(session):
    """Their sum, divided, comes out above it."""
    same = [Trade(us, "IBM", "synthetic", 0.1, None) for us in range(3)]
    row = computed(session, same)["IBM", "synthetic", 0]
    assert (row.avg_price, row.max_deviation_pct) == (0.1, 0.0)


def test_the_date_is_that_of_the_start_in_utc(session):
    midnight_us = 86_400_000_000
    rows = computed(session, [Trade(midnight_us, "IBM", "synthetic", 1.0, None)])
    dates = {start_us: row.window_date for (_, _, start_us), row in rows.items()}
    assert dates[midnight_us] == "1970-01-02"
    assert dates[midnight_us - 5_000_000] == "1970-01-01"


def test_the_deviation_is_right_to_a_millionth_for_prices_that_hardly_differ(session):
    prices = [100_000.00, 100_000.01] * 120  # 0.005 from their mean each
    spread = [Trade(it * 250_000, "IBM", "synthetic", p, None) for it, p in enumerate(prices)]
    row = computed(session, spread, parts=4)["IBM", "synthetic", 0]
    assert row.stddev_price == pytest.approx(0.005 * math.sqrt(240 / 239), rel=1e-6)


def test_equal_prices_have_no_deviation_however_they_are_summed_up(session):
    same = [Trade(us * 7_000_000, "IBM", "synthetic", 100.1, None) for us in range(8)]
    rows = computed(session, same, parts=3)
    assert {row.stddev_price for row in rows.values() if row.event_count > 1} == {0.0}


def test_a_report_makes_no_row(session):
    reports = (
        reported(TaskReport({}, [], {0: 1_000_000})),
        reported(TaskReport({Reason.NOT_JSON: 3}, [], {})),
    )
    rows = [tuple(row.values()) for batch in reports for row in batch.to_pylist()]
    assert len(rows) == 2
    assert aggregate(session.createDataFrame(rows, PARTIAL), WINDOWS).count() == 0
