"""At the default settings nothing is lost in normal running, over a restart of job and broker."""

import time
from datetime import timedelta

import pytest

pytestmark = pytest.mark.long

LENGTH, SLIDE = timedelta(minutes=1), timedelta(seconds=5)


@pytest.mark.parametrize("rate", [10, 20_000])
def test_nothing_is_late_lost_or_doubled(new_stack, rate):
    stack = new_stack(f"zero-{rate}", SYNTHETIC_EVENTS_PER_SECOND=str(rate))
    stack.up()
    time.sleep(20)
    for service in ("spark-job", "kafka"):
        stack.compose("restart", service)
        stack.wait_healthy()
        time.sleep(20)
    stack.compose("stop", "producer")  # so that what is compared stays as it is
    calculation = stack.check_windows(LENGTH, SLIDE)
    assert calculation.doubtful == set()
    assert sum(map(len, calculation.rows.values())) > 20 * rate
    assert stack.status("spark-job")["details"]["late_window_updates"] == 0
    stack.close()
