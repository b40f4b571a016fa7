from contracts.dataset import COLUMNS, KEY, PARTITION_COLUMN
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
