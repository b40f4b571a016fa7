"""How far a backlog is told to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_job.reading.backlog import Backlog
from spark_job.reading.plan import Plan


def read_up_to(**offsets: int) -> Plan:
    found = {int(partition[1:]): offset for partition, offset in offsets.items()}
    return Plan(found, found, {}, 0)


def test_at_first_only_what_is_left_is_known():
    found = Backlog().see(10, read_up_to(p0=100, p1=50), {0: 1100, 1: 550})
    assert (found.records_left, found.records_per_second, found.seconds_left) == (1500, 0.0, None)


def test_then_when_it_will_be_over_at_the_rate_of_late_less_what_comes_in():
    backlog = Backlog()
    backlog.see(10, read_up_to(p0=0, p1=0), {0: 90_000, 1: 10_000})
    found = backlog.see(14, read_up_to(p0=30_000, p1=10_000), {0: 98_000, 1: 10_000})
    assert found.records_left == 68_000
    assert found.records_per_second == 10_000.0
    assert found.seconds_left == 8.5  # at 8,000 a second


@pytest.mark.parametrize("end", [1500, 2000])
def test_where_as_much_comes_in_it_has_no_end(end):
    backlog = Backlog()
    backlog.see(10, read_up_to(p0=0), {0: 1000})
    found = backlog.see(11, read_up_to(p0=500), {0: end})
    assert (found.records_per_second, found.seconds_left) == (500.0, None)


def test_what_is_half_a_minute_ago_does_not_count():
    backlog = Backlog()
    read = 0
    for second in range(0, 101, 5):  # fast at first
        read += 50_000 if second <= 50 else 5_000
        found = backlog.see(second, read_up_to(p0=read), {0: 10_000_000})
    assert found.records_per_second == 1000.0


def test_a_new_backlog_knows_nothing_of_the_one_before():
    backlog = Backlog()
    backlog.see(0, read_up_to(p0=0), {0: 1000})
    backlog.see(1, read_up_to(p0=900), {0: 1000})
    backlog.over()
    found = backlog.see(1000, read_up_to(p0=1000), {0: 5000})
    assert (found.records_left, found.seconds_left) == (4000, None)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1)
)
def test_nothing_told_is_below_zero(moments):
    backlog = Backlog()
    now_s, read, there = 0.0, 0, 0
    for passed_s, records, came in moments:
        now_s, there = now_s + passed_s, there + came
        read = min(read + records, there)
        found = backlog.see(now_s, read_up_to(p0=read), {0: there})
        assert found.records_left == there - read
        assert found.records_per_second >= 0
        assert found.seconds_left is None or found.seconds_left >= 0
