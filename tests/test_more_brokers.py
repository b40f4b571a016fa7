"""A stack with one broker gets three (`compose.brokers.yaml`), and nothing is lost."""

import pytest
from brokers import OF_THREE, QUICKLY_S, SETTINGS, all_in_sync, all_is_right, placed
from waiting import wait_for

pytestmark = [pytest.mark.long, pytest.mark.scale]


def test_a_stack_of_one_broker_becomes_one_of_three(new_stack):
    stack = new_stack("more-brokers", **SETTINGS)
    stack.up()
    stack.windows_go_on(QUICKLY_S)
    stack.environment |= OF_THREE
    stack.up()
    assert "every partition is on 3 brokers now\n" in stack.logs("topic-init")
    assert [it.replicas for it in placed(stack).values()] == [{1, 2, 3}] * 4
    wait_for("all replicas in sync", lambda: all_in_sync(stack), 60)
    stack.windows_go_on(QUICKLY_S)
    # The second run is the producer's that compose put in place of the first's, for its settings.
    all_is_right(stack, runs=2)
