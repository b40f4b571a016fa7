"""Times of day in digits alone: 930, 93000, 1200."""

import json
from datetime import UTC, datetime

import pytest
from recordings import read, recording, values

from contracts.settings import SettingError

NOT_TOLD = "does not tell whether its digits end with minutes or seconds, or count seconds"


def table(tmp_path, *clocks, heading="Date,Time,Close", day="20240102", between=","):
    path = tmp_path / "a.csv"
    rows = [f"{day}{between}{clock},185.1" for clock in clocks]
    path.write_text("\n".join([heading, *rows]))
    return path


@pytest.mark.parametrize(
    ("clocks", "expected"),
    [
        (["93000", "100000"], ["09:30:00", "10:00:00"]),
        (["160000", "0", "100", "1200", "93000"],
         ["16:00:00", "00:00:00", "00:01:00", "00:12:00", "09:30:00"]),
        (["1200", "5959", "93000"], ["00:12:00", "00:59:59", "09:30:00"]),
        (["1600", "0", "5", "930"], ["16:00:00", "00:00:00", "00:05:00", "09:30:00"]),
        (["930", "1000", "2359"], ["09:30:00", "10:00:00", "23:59:00"]),
        (["0930", "1000", "0000"], ["09:30:00", "10:00:00", "00:00:00"]),
        (["000000", "093000", "160000"], ["00:00:00", "09:30:00", "16:00:00"]),
        (["93000.0", "1200.0"], ["09:30:00", "00:12:00"]),
        (["93000.5", "1200.25"], ["09:30:00.500000", "00:12:00.250000"]),
    ],
)  # fmt: skip
def test_zeros_that_are_lost_are_those_that_the_column_as_a_whole_leaves(
    tmp_path, clocks, expected
):
    moments = [datetime.fromisoformat(f"2024-01-02T{it}+00:00") for it in expected]
    assert [row[0] for row in values(table(tmp_path, *clocks), ("AAPL",))] == moments
    one_column = table(tmp_path, *clocks, heading="Date,Close", between=" ")
    assert [row[0] for row in values(one_column, ("AAPL",))] == moments
    (tmp_path / "a.json").write_text(
        "\n".join(
            json.dumps({"date": 20240102, "time": float(it) if "." in it else it, "close": 185.1})
            for it in clocks
        )
    )
    assert [row[0] for row in values(tmp_path / "a.json", ("AAPL",))] == moments


def test_what_a_later_stretch_of_the_file_shows_counts_for_all_of_it(tmp_path):
    path = table(tmp_path, *["1200"] * 20_000, "93000")
    assert {f"{row[0]:%T}" for row in values(path, ("AAPL",))} == {"00:12:00", "09:30:00"}


@pytest.mark.parametrize(
    ("clocks", "lines"),
    [
        (["093000", "1200"], [3]),  # seconds that have their zeros, and what has lost some digits
        (["0930", "93000", "1200"], [2, 3, 4]),
        (["1200", "4500"], [2, 3]),  # 12:00 or 00:12:00, beside what is no 45:00
        (["9", "10"], [2, 3]),  # hours, minutes or seconds
        (["570", "600", "660"], [2, 3, 4]),  # minutes since midnight
        (["34200", "34260"], [2, 3]),  # seconds since midnight
        (["34200.5", "34261.5"], [2, 3]),
        (["34200", "34201"], [2, 3]),  # 09:30:00 counted in seconds, or 03:42:00
        (["34200.123", "1200.5"], [2, 3]),
    ],
)
def test_a_time_of_day_that_the_file_leaves_open_is_bad(tmp_path, clocks, lines):
    path = table(tmp_path, "12:00", *clocks)
    _, bad, _ = read(path, ("AAPL",))
    assert [it.line for it in bad] == [line + 1 for line in lines]
    assert all(NOT_TOLD in it.why for it in bad)


@pytest.mark.parametrize("day", ["20240102", "2024-01-02", "02.01.2024", "02-Jan-2024"])
def test_a_time_of_day_of_digits_has_the_zone_of_its_heading(tmp_path, day):
    path = table(tmp_path, "93000", "100000", heading="Date,Time (EST),Close", day=day)
    assert values(path, ("AAPL",))[0][0] == datetime(2024, 1, 2, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize("clock", ["93000123", "100000000"])
def test_a_time_of_day_with_milliseconds_is_no_number_since_1970(tmp_path, clock):
    with pytest.raises(SettingError, match=rf"'Time' beside 'Date' is '{clock}'.*takes a time of"):
        recording(table(tmp_path, clock, clock), ("AAPL",))


def test_a_file_tells_the_order_of_its_dates_beside_times_of_day_in_digits(tmp_path):
    # As TradeStation writes them.
    path = tmp_path / "a.csv"
    path.write_text("Date,Time,Close\n01/02/2024,0935,187.5\n01/31/2024,1600,184.4\n")
    assert [row[0] for row in values(path, ("AAPL",))] == [
        datetime(2024, 1, 2, 9, 35, tzinfo=UTC),
        datetime(2024, 1, 31, 16, tzinfo=UTC),
    ]
