"""The windows of a range, each once, in order."""

from datetime import timedelta

from conftest import NOON, table, window
from hypothesis import given
from hypothesis import strategies as st

from contracts.aggregates import KEY
from dashboard.windows import Newest, in_range, newest

MINUTES = timedelta(minutes=1)


def test_there_is_no_newest_of_none():
    assert newest(table()) is None


def test_the_newest_is_the_one_that_ends_last():
    found = newest(table(window(end=NOON), window(end=NOON + MINUTES, source="replay")))
    assert found == Newest(NOON, NOON + MINUTES, "replay")
    assert found.length == timedelta(minutes=1)


def test_the_range_ends_with_its_end_and_leaves_its_beginning_out():
    rows = table(*(window(end=NOON - at * MINUTES) for at in range(4)))
    found = in_range(rows, NOON, 2 * MINUTES)
    assert found["window_end"].to_pylist() == [NOON - MINUTES, NOON]


def test_all_is_all():
    rows = table(*(window(end=NOON - at * timedelta(days=400)) for at in range(4)))
    assert in_range(rows, NOON, None).num_rows == 4


def test_a_repeated_window_counts_once_and_another_source_is_no_repeat():
    rows = table(window(), window("AAPL"), window(source="replay"), window(), window(end=NOON))
    assert [(it["symbol"], it["source"]) for it in in_range(rows, NOON, None).to_pylist()] == [
        ("AAPL", "synthetic"),
        ("IBM", "replay"),
        ("IBM", "synthetic"),
    ]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["IBM", "AAPL"]),
        st.sampled_from(["synthetic", "replay"]),
        st.integers(0, 9),
        st.integers(1, 2),
    ),
    max_size=40,
)


@given(ROWS)
def test_each_key_stays_exactly_once_in_order(keys):
    rows = [
        window(symbol, NOON + end * MINUTES, source=source, length=length * MINUTES)
        for symbol, source, end, length in keys
    ]
    found = [
        tuple(row[name] for name in KEY) for row in in_range(table(*rows), NOON, None).to_pylist()
    ]
    assert sorted(found) == sorted({tuple(row[name] for name in KEY) for row in rows})
    assert found == sorted(found, key=lambda it: (it[0], it[1], it[3], it[2]))
