"""Rows of older and newer files, brought to the dataset's columns."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from contracts.arrow import SCHEMA, conform
from contracts.dataset import COLUMNS

TIME = datetime(2026, 1, 2, 15, 4, tzinfo=UTC)
ROW = {
    "symbol": "IBM", "source": "synthetic", "window_start": TIME, "window_end": TIME,
    "avg_price": 1.5, "max_price": 2.0, "min_price": 1.0, "open_price": 1.0, "close_price": 2.0,
    "stddev_price": 0.5, "volume": 7.0, "event_count": 2, "max_deviation_pct": 33.3,
}  # fmt: skip


def rows(**more: object) -> pa.Table:
    return pa.Table.from_pylist([{**ROW, **more}])


def test_the_schema_has_the_columns_with_their_types() -> None:
    assert SCHEMA.names == [column.name for column in COLUMNS]
    assert SCHEMA.field("window_start").type == pa.timestamp("us", tz="UTC")
    assert SCHEMA.field("event_count").type == pa.int64()
    assert [it.name for it in SCHEMA if it.nullable] == ["stddev_price", "volume"]


def test_a_missing_nullable_column_is_null() -> None:
    found = conform(rows().drop_columns(["volume"]))
    assert found.to_pylist() == [{**ROW, "volume": None}]
    assert found.schema == SCHEMA


def test_a_column_more_is_left_out() -> None:
    assert conform(rows(vwap=1.4)).to_pylist() == [ROW]


def test_columns_in_another_order_come_in_the_right_one() -> None:
    found = conform(rows().select(list(reversed(SCHEMA.names))))
    assert found.schema == SCHEMA
    assert found.to_pylist() == [ROW]


def test_a_part_of_the_columns_may_be_asked_for() -> None:
    wanted = pa.schema([SCHEMA.field("symbol"), SCHEMA.field("volume")])
    assert conform(rows().select(["symbol"]), wanted).to_pylist() == [
        {"symbol": "IBM", "volume": None}
    ]


def test_a_missing_column_that_may_not_be_null_is_named() -> None:
    with pytest.raises(pa.ArrowInvalid, match="lacks the column avg_price"):
        conform(rows().drop_columns(["avg_price"]))


def test_a_column_twice_is_named() -> None:
    twice = rows().append_column("volume", pa.array([1.0]))
    with pytest.raises(pa.ArrowInvalid, match="has the column volume 2 times"):
        conform(twice)


def test_another_type_is_refused() -> None:
    with pytest.raises(pa.ArrowException):
        conform(rows(event_count="many"))
