from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.dataset import COLUMNS, KEY, PARTITION_COLUMN, day_of, first_day, is_data_file
from contracts.volume import AGGREGATES


def test_the_columns_are_the_agreed_ones_in_their_order() -> None:
    assert [(column.name, column.type, column.nullable) for column in COLUMNS] == [
        ("symbol", "string", False),
        ("source", "string", False),
        ("window_start", "timestamp", False),
        ("window_end", "timestamp", False),
        ("avg_price", "double", False),
        ("max_price", "double", False),
        ("min_price", "double", False),
        ("open_price", "double", False),
        ("close_price", "double", False),
        ("stddev_price", "double", True),
        ("volume", "double", True),
        ("event_count", "int64", False),
        ("max_deviation_pct", "double", False),
        ("vwap", "double", True),
    ]


def test_a_row_is_named_by_columns_that_are_never_null() -> None:
    nullable = {column.name: column.nullable for column in COLUMNS}
    assert [nullable[name] for name in KEY] == [False] * 4


def test_the_partition_is_no_column_of_the_files() -> None:
    assert PARTITION_COLUMN not in {column.name for column in COLUMNS}


def test_every_column_says_what_it_means() -> None:
    assert all(column.meaning for column in COLUMNS)


def test_the_dataset_lies_on_the_volume() -> None:
    assert str(AGGREGATES) == "/data/aggregates"


def test_a_folder_tells_its_day() -> None:
    assert day_of("window_date=2026-01-02") == date(2026, 1, 2)


@pytest.mark.parametrize(
    "folder",
    ["window_date=20260102", "window_date=2026-W01-5", "window_date=today", "day=2026-01-02", "x"],
)
def test_a_folder_of_another_name_is_of_no_day(folder: str) -> None:
    assert day_of(folder) is None


def test_a_file_that_begins_with_a_dot_or_an_underscore_is_for_no_reader() -> None:
    names = ("a-0000000001.parquet", ".a-0000000001.parquet.tmp", "_final_until.json")
    assert list(filter(is_data_file, names)) == ["a-0000000001.parquet"]


@pytest.mark.parametrize(
    ("length", "first"),
    [(timedelta(minutes=1), date(2026, 1, 1)), (timedelta(days=28), date(2025, 12, 5))],
)
def test_windows_lie_as_many_days_before_their_end_as_they_are_long_and_one_at_least(
    length: timedelta, first: date
) -> None:
    assert first_day(datetime(2026, 1, 2, 12, tzinfo=UTC), length) == first
