"""Rows of older and newer files, brought to the dataset's columns."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from contracts.arrow import SCHEMA, conform, distinct, windows
from contracts.dataset import COLUMNS

NAME = pa.field("symbol", pa.string(), nullable=False)
COUNT = pa.field("event_count", pa.int64(), nullable=False)
VOLUME = pa.field("volume", pa.float64())
WANTED = pa.schema([NAME, COUNT, VOLUME])
ROW = {"symbol": "IBM", "event_count": 2, "volume": 7.0}


def rows(**more: object) -> pa.Table:
    return pa.Table.from_pylist([{**ROW, **more}])


def test_the_schema_has_the_columns_of_the_dataset_with_their_types() -> None:
    assert SCHEMA.names == [column.name for column in COLUMNS]
    assert [it.nullable for it in SCHEMA] == [column.nullable for column in COLUMNS]
    assert SCHEMA.field("symbol").type == pa.string()
    assert SCHEMA.field("window_start").type == pa.timestamp("us", tz="UTC")
    assert SCHEMA.field("avg_price").type == pa.float64()
    assert SCHEMA.field("event_count").type == pa.int64()


def test_the_dataset_s_columns_are_what_is_meant_unless_others_are_named() -> None:
    assert conform(SCHEMA.empty_table()).schema == SCHEMA


def test_a_missing_nullable_column_is_null() -> None:
    found = conform(rows().drop_columns(["volume"]), WANTED)
    assert found.to_pylist() == [{**ROW, "volume": None}]
    assert found.schema == WANTED


def test_a_column_more_is_left_out() -> None:
    assert conform(rows(vwap=1.4), WANTED).to_pylist() == [ROW]


def test_columns_in_another_order_come_in_the_right_one() -> None:
    found = conform(rows().select(["volume", "symbol", "event_count"]), WANTED)
    assert found.schema == WANTED
    assert found.to_pylist() == [ROW]


def test_a_missing_column_that_may_not_be_null_is_named() -> None:
    with pytest.raises(pa.ArrowInvalid, match="lacks the column event_count"):
        conform(rows().drop_columns(["event_count"]), WANTED)


def test_a_column_that_may_not_be_null_and_is_in_a_row_is_named() -> None:
    with pytest.raises(pa.ArrowInvalid, match="lacks a value in the column symbol"):
        conform(rows(symbol=None), WANTED)


def test_a_column_twice_is_named() -> None:
    twice = rows().append_column("volume", pa.array([1.0]))
    with pytest.raises(pa.ArrowInvalid, match="has the column volume 2 times"):
        conform(twice, WANTED)


def test_another_type_is_refused() -> None:
    with pytest.raises(pa.ArrowException):
        conform(rows(event_count="many"), WANTED)


def test_rows_that_are_there_twice_are_given_once_the_first_of_them() -> None:
    minutes = (3, 1, 3, 2, 1)
    times = [datetime(2026, 1, 2, 15, minute, tzinfo=UTC) for minute in minutes]
    row = {it.name: "x" if it.type == "string" else 1 for it in COLUMNS}
    twice = [
        row | {"window_start": time, "window_end": time, "event_count": count, "volume": None}
        for count, time in enumerate(times)
    ]
    found = distinct(pa.Table.from_pylist(twice, schema=SCHEMA))
    assert sorted(found["event_count"].to_pylist()) == [0, 1, 3]
    assert found.schema == SCHEMA
    assert distinct(SCHEMA.empty_table()).num_rows == 0


def test_rows_come_as_windows_with_the_contract_s_times() -> None:
    start, end = datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, 15, 4, 5, 7, UTC)
    many = {"window_start": start, "window_end": end, "volume": None, "vwap": 2.5}
    row = {it.name: "x" if it.type == "string" else 1 for it in COLUMNS} | many
    (found,) = windows(pa.Table.from_pylist([row], schema=SCHEMA))
    assert (found.symbol, found.source, found.schema_version) == ("x", "x", 1)
    assert found.window_start == "1970-01-01T00:00:00.000000Z"
    assert found.window_end == "2026-01-02T15:04:05.000007Z"
    assert (found.avg_price, found.event_count, found.volume, found.vwap) == (1.0, 1, None, 2.5)


def test_no_rows_are_no_windows() -> None:
    assert list(windows(SCHEMA.empty_table())) == []
