"""How much a batch takes in is bounded by the windows that it touches, and by its time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_job.reading.batch_size import BatchSize, Closing
from spark_job.reading.plan import Plan

SLIDE_US = 5_000_000
SLIDE_S = 5
WINDOWS_EACH = 12
MOST_WINDOWS = 600_000
START_S = 1_767_366_240


def plan(read: int, reached_s: float, begin: int = 0) -> Plan:
    """A plan that reads offsets up to `read`, after which the watermark is so many seconds on."""
    return Plan({0: read}, {0: begin}, {}, round((START_S + reached_s) * 1000))


@pytest.fixture
def size() -> BatchSize:
    return BatchSize(WINDOWS_EACH, SLIDE_US)


@pytest.mark.parametrize(
    ("windows_each", "records"), [(1, 600_000), (12, 50_000), (60, 10_000), (1000, 600)]
)
def test_a_batch_is_bounded_by_the_windows_that_its_records_may_touch(windows_each, records):
    assert BatchSize(windows_each, SLIDE_US).most_records == records


@pytest.mark.parametrize(
    ("symbols", "until_s"),
    [
        (None, 69.999),  # before anybody has told how many there are
        (60_000, 36_000),  # 12 windows of each are in the state at most
        (60_001, 119.999),
        (300_000, 74.999),
        (600_001, 69.999),
    ],
)
def test_the_watermark_moves_no_further_than_a_batch_may_close_windows(symbols, until_s):
    closing = Closing(WINDOWS_EACH, SLIDE_US)
    if symbols is not None:
        closing.learn(symbols)
    reached = {0: (START_S + 60) * 1_000_000}
    before = plan(10, 60)._replace(event_times=reached)
    after = closing.within(before, plan(11, 36_000, begin=10))
    assert after.watermark_ms == round((START_S + until_s) * 1000)


@pytest.mark.parametrize(
    ("windows", "took_s", "most"),
    [
        (120_000, 1.0, 250_000),  # 2.4 windows a record
        (2_400, 1.0, 500_000),  # 50,000 a second
        (600_000, 5.0, 50_000),
        (400_000, 60.0, 50_000),
    ],
)
def test_the_next_batch_is_bounded_by_what_this_one_came_to(size, windows, took_s, most):
    size.learn(plan(0, 0), plan(50_000, 60), windows, took_s)
    assert size.most_records == most


def test_a_batch_is_not_many_times_as_large_as_the_one_before_it(size):
    size.learn(plan(0, 0), plan(50_000, 60), 2_400, 0.1)
    assert size.most_records == 800_000


def test_a_batch_without_records_teaches_nothing(size):
    size.learn(plan(0, 0), plan(50_000, 60), 2_400, 1.0)
    size.learn(plan(50_000, 60), plan(50_000, 65, begin=50_000), 0, 0.3)
    assert size.most_records == 500_000


def test_records_that_touch_no_window_do_not_tell_how_many_others_will(size):
    size.learn(plan(0, 0), plan(50_000, 60), 0, 0.5)  # all of it refused
    assert size.most_records == 50_000


def test_a_batch_that_touches_more_windows_makes_the_next_one_smaller(size):
    size.learn(plan(0, 0), plan(50_000, 60), 2_400, 1.0)
    size.learn(plan(50_000, 60), plan(550_000, 660, begin=50_000), 2_000_000, 10.0)
    assert size.most_records == 150_000


def test_where_records_become_thin_fewer_fit(size):
    # 100 symbols: in 60 s they are in 12 panes that end there, and in one more.
    size.learn(plan(0, 0), plan(50_000, 60), 100 * 13, 1.0)
    before = plan(50_000, 60)
    an_hour, ten_hours, two_weeks = (
        before.watermark_ms + seconds * 1000 for seconds in (3600, 36_000, 14 * 86_400)
    )
    assert size.fitting(before, an_hour, 500_000) == 500_000
    assert size.fitting(before, ten_hours, 500_000) == 416_608  # in 100 * (7,200 + 1) panes
    assert size.fitting(before, two_weeks, 500_000) == 50_000
    assert size.fitting(before, two_weeks, 40_000) == 40_000


def test_before_there_is_a_watermark_nothing_is_known_of_the_windows_in_a_span(size):
    nothing = Plan({}, {}, {}, 0)
    size.learn(nothing, plan(50_000, 60), 2_400, 1.0)
    assert size.fitting(plan(50_000, 60), plan(0, 14 * 86_400).watermark_ms, 500_000) == 500_000


@given(
    windows=st.integers(0, 10**7),
    took_s=st.floats(0, 1000),
    reached_s=st.integers(0, 10**7),
    records=st.integers(1, 10**7),
)
def test_what_fits_is_less_than_there_is_or_all_of_it_but_never_nothing(
    windows, took_s, reached_s, records
):
    size = BatchSize(WINDOWS_EACH, SLIDE_US)
    size.learn(plan(0, 0), plan(50_000, 60), windows, took_s)
    assert size.most_records >= 50_000
    found = size.fitting(plan(50_000, 60), plan(0, 60 + reached_s).watermark_ms, records)
    assert min(records, 50_000) <= found <= records


@given(
    symbols=st.sampled_from([1, 100, 5000]),
    rates=st.lists(st.sampled_from([0.05, 1.0, 50.0, 1000.0]), min_size=1, max_size=4),
    records_a_rate=st.integers(100_000, 3_000_000),
)
def test_no_batch_touches_many_more_windows_than_it_may_however_thin_records_become(
    symbols, rates, records_a_rate
):
    def reached_s(records: int) -> float:
        """When so many records have come, at one rate after the other."""
        seconds = 0.0
        for rate in rates:
            seconds += min(records, records_a_rate) / rate
            records = max(0, records - records_a_rate)
        return seconds

    size = BatchSize(WINDOWS_EACH, SLIDE_US)
    before = plan(0, 0)
    there = records_a_rate * len(rates)
    for _ in range(5000):
        begin = before.offsets[0]
        if begin == there:
            break
        records = min(size.most_records, there - begin)
        while True:
            batch = plan(begin + records, reached_s(begin + records), begin)
            fitting = size.fitting(before, batch.watermark_ms, records)
            if fitting >= records:
                break
            records = fitting
        slides = (batch.watermark_ms - before.watermark_ms) / 1000 / SLIDE_S
        panes = min(symbols * (slides + 1), records)
        windows = round(max(panes, min(symbols * slides, records * WINDOWS_EACH)))
        assert windows <= 1.1 * MOST_WINDOWS
        size.learn(before, batch, windows, records / 200_000)
        before = batch
    else:
        pytest.fail("it takes too many batches")
