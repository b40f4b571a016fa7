"""How much a batch takes in is bounded by the windows that it touches."""

import pytest

from spark_job.reading.pace import Pace

SLIDE_US = 5_000_000


@pytest.mark.parametrize(
    ("windows_each", "records"), [(1, 600_000), (12, 50_000), (60, 10_000), (1000, 10_000)]
)
def test_a_batch_is_bounded_by_the_windows_that_its_records_may_touch(windows_each, records):
    assert Pace(windows_each, SLIDE_US).most_records == records
