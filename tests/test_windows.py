"""The independent calculation, on cases worked out by hand."""

import json
from datetime import timedelta

import pytest
from events import Event, Record, read_event
from windows import aggregate, calculate, differences, starts_us

from contracts import examples

SECOND = 1_000_000
LENGTH, SLIDE = timedelta(seconds=10), timedelta(seconds=5)


def record(second: float, price: float | None = None, **other) -> Record:
    """Make a quote (or, without a price, a heartbeat) of a second in January 1970."""
    minutes, seconds = divmod(second, 60)
    event = {
        "schema_version": 1,
        "kind": "heartbeat" if price is None else "quote",
        "event_id": "a-0",
        "event_time": f"1970-01-01T00:{int(minutes):02}:{seconds:09.6f}Z",
        "ingest_time": "1970-01-01T00:00:00.000000Z",
        "source": "synthetic",
    }
    if price is not None:
        event |= {"symbol": "IBM", "price": price, "volume": 1}
    return Record(json.dumps(event | other).encode(), timestamp_ms=int(second * 1000))


def rows_of(calculation) -> list[dict]:
    """Make the rows that a job without a fault would write."""
    rows = []
    for key, events in calculation.rows.items():
        row = aggregate(events)
        for column in ("open_price", "close_price"):
            row[column] = min(row[column])
        keys = ("symbol", "source", "window_start", "window_end")
        rows.append(dict(zip(keys, key, strict=True)) | row)
    return rows


def test_a_time_lies_in_every_window_that_begins_at_or_before_it_and_ends_after_it() -> None:
    assert list(starts_us(12, 10, 5)) == [10, 5]
    assert list(starts_us(15, 10, 5)) == [15, 10]
    assert list(starts_us(14, 10, 10)) == [10]
    assert list(starts_us(3, 10, 5)) == [0, -5]


def test_a_window_is_final_once_an_event_has_reached_its_end() -> None:
    before = calculate([record(11, 100), record(14.999999)], LENGTH, SLIDE)
    assert before.rows == {}
    after = calculate([record(11, 100), record(15)], LENGTH, SLIDE)
    assert [(key.start_us, key.end_us) for key in after.rows] == [(5 * SECOND, 15 * SECOND)]


def test_a_delay_holds_the_watermark_back() -> None:
    late = timedelta(seconds=2)
    assert not calculate([record(11, 100), record(16.9)], LENGTH, SLIDE, late).rows
    assert calculate([record(11, 100), record(17)], LENGTH, SLIDE, late).rows


def test_every_column_of_a_window() -> None:
    events = [
        Event(1, "synthetic", "IBM", 10.0, 5.0),
        Event(2, "synthetic", "IBM", 14.0, None),
        Event(3, "synthetic", "IBM", 12.0, 2.5),
    ]
    assert aggregate(events) == {
        "avg_price": 12.0,
        "max_price": 14.0,
        "min_price": 10.0,
        "open_price": {10.0},
        "close_price": {12.0},
        "stddev_price": 2.0,
        "volume": 7.5,
        "event_count": 3,
        "max_deviation_pct": pytest.approx(100 * 2 / 12),
        "vwap": pytest.approx((10 * 5 + 12 * 2.5) / 7.5),
    }


def test_one_quote_without_volume_has_neither_deviation_nor_sum() -> None:
    row = aggregate([Event(1, "synthetic", "IBM", 10.0, None)])
    assert (row["stddev_price"], row["volume"], row["max_deviation_pct"]) == (None, None, 0.0)


def test_the_volume_of_alpha_vantage_is_the_largest() -> None:
    events = [Event(n, "alpha-vantage", "IBM", 10.0, 100.0 * n) for n in (1, 2)]
    assert aggregate(events)["volume"] == 200.0


@pytest.mark.parametrize(
    ("source", "volume"), [("synthetic", None), ("synthetic", 0.0), ("alpha-vantage", 5.0)]
)
def test_there_is_no_vwap_where_no_volume_is_that_of_a_trade(source: str, volume: float) -> None:
    assert aggregate([Event(1, source, "IBM", 10.0, volume)])["vwap"] is None


def test_among_equal_times_any_price_may_be_the_first() -> None:
    events = [Event(1, "synthetic", "IBM", price, 1.0) for price in (10.0, 11.0)]
    assert aggregate(events)["open_price"] == {10.0, 11.0}


def test_a_quote_behind_the_watermark_makes_its_windows_doubtful() -> None:
    found = calculate([record(11, 1), record(17), record(12, 2), record(30)], LENGTH, SLIDE)
    assert {key.end_us // SECOND for key in found.doubtful} == {15}
    assert {key.end_us // SECOND for key in found.rows} == {15, 20}


def test_of_several_partitions_the_slowest_decides_and_late_is_what_is_behind_its_own() -> None:
    ahead = [record(31, 1), record(60)]
    slow = [it._replace(partition=1) for it in (record(11, 2), record(16), record(21))]
    found = calculate([*ahead, *slow], LENGTH, SLIDE)
    assert not found.doubtful
    assert {key.end_us // SECOND for key in found.rows} == {15, 20}
    late = record(12, 3)._replace(partition=1)
    found = calculate([*ahead, *slow, late], LENGTH, SLIDE)
    assert {key.end_us // SECOND for key in found.doubtful} == {15, 20}


def test_a_partition_without_events_holds_all_windows_back() -> None:
    assert not calculate([record(11, 1), record(60)], LENGTH, SLIDE, partitions=range(2)).rows


@pytest.mark.parametrize("example", examples.load(), ids=lambda example: example.name)
def test_it_accepts_and_refuses_what_the_contract_says(example) -> None:
    event = read_event(Record(example.value, example.kafka_timestamp_ms))
    kinds = {None: "refused", True: "quote", False: "heartbeat"}
    expected = example.verdict if example.verdict in {"quote", "heartbeat"} else "refused"
    assert kinds[event and event.symbol is not None] == expected


class TestDifferences:
    @pytest.fixture
    def calculation(self):
        return calculate([record(11, 10), record(12, 14), record(21)], LENGTH, SLIDE)

    def test_none_where_all_is_as_calculated(self, calculation) -> None:
        assert len(calculation.rows) == 2
        assert differences(calculation, rows_of(calculation)) == []

    def test_a_window_that_is_missing(self, calculation) -> None:
        lines = differences(calculation, rows_of(calculation)[1:])
        assert lines == [
            "missing: IBM synthetic 1970-01-01 00:00:10 to 1970-01-01 00:00:20: 2 quotes"
        ]

    def test_a_window_that_is_there_twice(self, calculation) -> None:
        rows = rows_of(calculation)
        (line,) = differences(calculation, [*rows, rows[0]])
        assert line.startswith("doubled: IBM")

    def test_a_window_of_nothing(self, calculation) -> None:
        rows = rows_of(calculation)
        (line,) = differences(calculation, [*rows, rows[0] | {"symbol": "ZZZ"}])
        assert line.startswith("unexpected: ZZZ")

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("avg_price", 12.0000001),
            ("max_price", 13.0),
            ("open_price", 14.0),
            ("stddev_price", None),
            ("volume", 1.0),
            ("event_count", 3),
            ("max_deviation_pct", 0.0),
            ("vwap", 13.0),
        ],
    )
    def test_a_figure_that_differs(self, calculation, column, value) -> None:
        rows = rows_of(calculation)
        (line,) = differences(calculation, [rows[0] | {column: value}, *rows[1:]])
        assert f"{column} is {value!r}" in line

    def test_not_the_last_digits_of_a_sum(self, calculation) -> None:
        rows = rows_of(calculation)
        assert not differences(calculation, [rows[0] | {"avg_price": 12.000000000001}, *rows[1:]])

    def test_not_what_came_after_the_calculation(self, calculation) -> None:
        rows = rows_of(calculation)
        later = rows[0] | {"window_start": 15 * SECOND, "window_end": 25 * SECOND}
        assert not differences(calculation, [*rows, later])
