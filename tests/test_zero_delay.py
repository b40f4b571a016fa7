"""At the default settings nothing is lost in normal running, over restarts and a kill."""

import time
from functools import partial

import pytest

pytestmark = pytest.mark.long

SYMBOLS = ",".join(f"S{number}" for number in range(40))
"""So many that quotes go to most of sixteen partitions, each at a rate of its own."""


@pytest.mark.parametrize(("rate", "partitions"), [(10, 1), (20_000, 1), (1_000, 16)])
def test_nothing_is_late_lost_or_doubled(new_stack, rate, partitions):
    stack = new_stack(
        f"zero-{rate}",
        SYNTHETIC_EVENTS_PER_SECOND=str(rate),
        KAFKA_PARTITIONS=str(partitions),
        **({"SYMBOLS": SYMBOLS} if partitions > 1 else {}),
    )
    stack.up()
    time.sleep(20)
    for disturb in (
        partial(stack.compose, "restart", "spark-job"),
        partial(stack.compose, "restart", "kafka"),
        partial(stack.kill, "spark-job"),
    ):
        disturb()
        time.sleep(20)
        stack.wait_healthy()
    stack.compose("stop", "producer")  # so that what is compared stays as it is
    calculation = stack.check_windows()
    assert calculation.doubtful == set()
    assert sum(map(len, calculation.rows.values())) > 20 * rate
    assert "late events were left out" not in stack.logs("spark-job")
    stack.close()
