"""Longer outages than in `test_producer_faults.py`, which take six minutes.

The broker is away for two minutes, and a producer is stopped and killed again and again, at 5,000
events a second.
"""

import random
import time

import pytest
from acknowledged import faults, wait_for_more, wait_for_run, watched
from waiting import wait_for

pytestmark = pytest.mark.long

TWO_MINUTES_S = 120
ROUNDS = 12


@pytest.fixture
def stack(new_stack):
    stack = new_stack("producer-outages", SYNTHETIC_EVENTS_PER_SECOND="5000")
    stack.compose("up", "--detach", "volume-init")
    stack.up("producer")
    yield stack
    stack.close()


@pytest.mark.parametrize("how", ["pause", "stop"])
def test_a_broker_that_is_away_for_two_minutes_costs_nothing(stack, how):
    with watched(stack.data / "status" / "producer.json") as counts:
        wait_for_more(stack)
        stack.compose(how, "kafka")
        time.sleep(TWO_MINUTES_S)
        assert stack.memory_mib("producer") < 128
        assert stack.status("producer")["state"] == "connecting"
        assert stack.status("producer")["details"]["pending"] <= 20_000
        stack.compose("unpause" if how == "pause" else "start", "kafka")
        wait_for_more(stack)
        stack.compose("stop", "producer")
    assert len(counts) == 1
    records = stack.records()
    assert faults(records, counts) == []
    assert [len(records)] == list(counts.values())


def test_kills_and_stops_at_any_moment_lose_nothing_that_was_acknowledged(stack):
    with watched(stack.data / "status" / "producer.json") as counts:
        for _ in range(ROUNDS):
            wait_for_more(stack)
            time.sleep(random.uniform(0, 2))
            if random.random() < 0.5:
                stack.kill("producer")
                wait_for_run(stack)
            else:
                stack.compose("stop", "producer")
                assert stack.container("producer")["State"]["ExitCode"] == 0
                stack.compose("start", "producer")
        wait_for("events", lambda: stack.status("producer")["state"] == "live", 30)
        stack.compose("stop", "producer")
    assert len(counts) == ROUNDS + 1
    assert faults(stack.records(), counts) == []
