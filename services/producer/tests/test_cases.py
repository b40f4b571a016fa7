"""Files as people sent them, byte for byte: each gives the rows and bad rows that it has."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from recordings import read

from contracts.settings import SettingError

CASES = Path(__file__).parent / "cases"
TEN = datetime(2024, 1, 2, 10, tzinfo=UTC)
HALF_PAST_TWO = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)


def seconds(first: datetime, *prices: float) -> list[tuple[datetime, float, float | None]]:
    """Give rows that are a second apart, with a volume of 10 each."""
    return [(first + timedelta(seconds=n), price, 10.0) for n, price in enumerate(prices)]


def days(*rows: tuple[str, float, float | None]) -> list[tuple[datetime, float, float | None]]:
    return [(datetime.fromisoformat(f"{day}T00:00Z"), price, volume) for day, price, volume in rows]


TO_185_9 = (185.5, 185.6, 185.7, 185.8, 185.9)


@pytest.mark.parametrize(
    ("name", "expected", "bad_lines"),
    [
        ("thousands-unquoted.csv", days(("2024-03-06", 999.5, 300.0)), [2, 3]),
        (
            "unbalanced-quote.csv",
            [it for it in seconds(TEN, 185.1, 185.2, 185.3, 185.4, 185.5) if it[1] != 185.2],
            [3],
        ),
        (
            "unbalanced-quote-closed-later.csv",
            [it for it in seconds(TEN, 185.1, 185.2, 185.3, 185.4, 185.5) if it[1] != 185.2],
            [3],
        ),
        (
            "dates-with-offset.csv",
            [
                (datetime(2020, 1, 31, 5, tzinfo=UTC), 77.38, 10.0),
                (datetime(2020, 1, 30, 23, tzinfo=UTC), 77.38, 10.0),
            ],
            [],
        ),
        ("sentinel-end-of-9999.csv", seconds(HALF_PAST_TWO, 185.0, 185.1), [4]),
        (
            "far-future-sentinel.csv",
            seconds(HALF_PAST_TWO, 185.0, 185.1, 185.2, 185.3, 185.4, *TO_185_9),
            [7],
        ),
        (
            "epoch-zero-first-row.csv",
            seconds(HALF_PAST_TWO, 185.0, 185.1, 185.2, 185.3, 185.4, *TO_185_9),
            [2],
        ),
        (
            "newest-first.csv",
            days(*((f"2024-01-{day:02}", 180.0 + day, 1000.0) for day in range(11, 1, -1))),
            [],
        ),
        ("bom-and-quoted-heading.csv", seconds(TEN, 185.1), []),
        ("bom.jsonl", seconds(TEN, 185.1, 185.2), []),
        ("utf16.csv", seconds(TEN, 185.1), []),
        ("gzipped-but-named-csv.csv", days(("2024-01-02", 1.0, 1.0)), []),
        ("heading-with-spaces.csv", seconds(TEN, 185.1), []),
        ("heading-capitals.csv", seconds(TEN, 185.1), []),
        (
            "volume-suffix.csv",
            days(
                ("2020-01-31", 309.51, 49_900_000.0),
                ("2020-01-30", 323.87, None),
                ("2020-01-29", 324.34, 54_149_928.0),
                ("2020-01-28", 317.69, None),
                ("2020-01-27", 308.95, None),
                ("2020-01-24", 318.31, None),
            ),
            [],
        ),
    ],
)
def test_each_gives_its_rows_and_the_lines_of_its_bad_ones(name, expected, bad_lines):
    rows, bad, _ = read(CASES / name)
    assert [(row.time, row.price, row.volume) for row in rows] == expected
    assert [it.line for it in bad] == bad_lines


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("decimal-comma-unquoted.csv", "line 2: 5 values under 4 names"),
        ("doubled-column.csv", "the column 'price' is there 2 times"),
        ("doubled-column.parquet", "the column 'price' is there 2 times"),
    ],
)
def test_what_has_no_row_that_can_be_used_says_why(name, words):
    with pytest.raises(SettingError, match=words):
        read(CASES / name)


@pytest.mark.parametrize("name", ["spark-folder.parquet", "volume-nan.parquet"])
def test_parquet_has_two_quotes(name):
    rows, bad, _ = read(CASES / name)
    assert (len(rows), bad) == (2, [])
    assert (rows[0].volume is None) == (name == "volume-nan.parquet")
