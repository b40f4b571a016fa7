import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import feed, play

from producer.feeds.replay.sorter import Sorter
from producer.feeds.replay.values.row import Row

OPEN = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)


def row(place, minute, symbol="IBM", volume=1.0):
    return Row(place, OPEN + timedelta(minutes=minute), symbol, 100.0 + place, volume)


async def sort(folder, rows, at_once=3):
    sorter = Sorter(folder)
    sorter.begin()
    for start in range(0, len(rows), at_once):
        sorter.add(rows[start : start + at_once])
    await sorter.sort()
    result = [it for some in sorter.rows() for it in some]
    assert [it for some in sorter.rows() for it in some] == result
    sorter.end()
    assert not folder.exists()
    return result


def without_lines(rows):
    return [(it.time, it.symbol, it.price, it.volume) for it in rows]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_rows_come_by_time_and_those_of_one_time_as_they_came(tmp_path_factory, minutes):
    rows = [row(place, minute) for place, minute in enumerate(minutes)]
    found = asyncio.run(sort(tmp_path_factory.getbasetemp() / "scratch", rows))
    assert without_lines(found) == without_lines(sorted(rows, key=lambda it: it.time))


async def test_values_come_through_as_they_are(tmp_path):
    rows = [
        Row(1, OPEN + timedelta(microseconds=1), "^GSPC", 4.2e-09, None),
        Row(2, OPEN, "BTC/USDT", 1 / 3, 0.0),
        Row(3, datetime(1970, 1, 2, tzinfo=UTC), "\u8cb4\u5dde\u8305\u53f0", 1e9, 1e15),
    ]
    assert without_lines(await sort(tmp_path / "scratch", rows)) == without_lines(rows[::-1])


async def test_what_an_earlier_run_left_is_taken_away(tmp_path):
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "unsorted.csv").write_text("left")
    assert len(await sort(tmp_path / "scratch", [row(1, 1)])) == 1


async def test_a_row_that_does_not_come_back_is_an_error(tmp_path):
    sorter = Sorter(tmp_path / "scratch")
    sorter.begin()
    sorter.add([row(1, 1), row(2, 0)])
    await sorter.sort()
    path = tmp_path / "scratch" / "sorted.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(OSError, match="1 of 2 rows came back"):
        list(sorter.rows())


async def test_a_folder_that_cannot_be_made_is_an_error_of_the_disk(tmp_path):
    (tmp_path / "scratch").touch()
    with pytest.raises(OSError, match="scratch"):
        Sorter(tmp_path / "scratch").begin()


@settings(max_examples=15)
@given(st.permutations(range(12)))
def test_any_order_of_a_file_replays_as_the_sorted_file(tmp_path_factory, order):
    from conftest import Time  # noqa: PLC0415 - a clock for each example

    folder = tmp_path_factory.mktemp("any")
    lines = [f"2024-01-02T14:{30 + n}:00Z,IBM,{100 + n},{n}" for n in range(12)]
    path = folder / "a.csv"
    path.write_text("\n".join(["time,symbol,price,volume", *(lines[n] for n in order)]))
    quotes = asyncio.run(play(feed(path, Time())))
    assert [quote.price for quote in quotes] == [100.0 + n for n in range(12)]
