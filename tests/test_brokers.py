"""Three brokers and three ZooKeepers (`compose.brokers.yaml`): any one of each may fail."""

import time
from collections import defaultdict
from contextlib import contextmanager
from itertools import pairwise

import pytest
from brokers import OF_THREE, QUICKLY_S, SETTINGS, all_in_sync, all_is_right, placed
from waiting import wait_for

pytestmark = pytest.mark.scale

BROKERS = {1: "kafka", 2: "kafka-2", 3: "kafka-3"}
ZOOKEEPERS = ("zookeeper", "zookeeper-2", "zookeeper-3")
ELECTED_S = 25
"""Until a broker that is gone is known to be (6 s), and another leads; beside other stacks."""
STARTS_S = 300  # beside other stacks
AWAY_S = 20  # ZooKeepers elect another leader after ten


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("brokers", **SETTINGS)
    stack.environment |= OF_THREE
    stack.up()
    stack.windows_go_on(STARTS_S)
    return stack


def ensemble_is_whole(stack):
    """Tell whether one ZooKeeper leads, and the two others follow it."""
    command = ("sh", "-c", "printf srvr | nc -w 2 localhost 2181 | grep Mode")
    said = (stack.compose("exec", "--no-TTY", it, *command, check=False) for it in ZOOKEEPERS)
    return sorted(it.stdout.split()[-1:] for it in said) == [["follower"], ["follower"], ["leader"]]


@contextmanager
def away(stack, service, how):
    """Kill a service, or let it hang; afterwards it is back."""
    begin, end = {"killed": ("kill", "start"), "hanging": ("pause", "unpause")}[how]
    stack.compose(begin, service)
    try:
        yield
    finally:
        stack.compose(end, service)


@pytest.fixture(autouse=True)
def whole(stack):
    """Let every test begin with all brokers there and in sync."""
    wait_for("all replicas in sync", lambda: all_in_sync(stack), 60)
    stack.windows_go_on(QUICKLY_S)


@pytest.fixture
def stood_still(stack, record_property):
    """Give what tells for how long a partition has taken in nothing since a time, at most."""

    def tell(what, since):
        wait_for("all replicas in sync", lambda: all_in_sync(stack), 60)
        times_ms = defaultdict(list)
        for record in stack.records():
            if record.timestamp_ms >= since * 1000:
                times_ms[record.partition].append(record.timestamp_ms)
        gaps_ms = [b - a for it in times_ms.values() for a, b in pairwise(it)]
        longest_s = max(gaps_ms) / 1000
        record_property(f"{what}: a partition took in nothing for, s", longest_s)
        assert longest_s < ELECTED_S

    return tell


def test_every_partition_is_on_three_brokers(stack):
    assert [it.replicas for it in placed(stack).values()] == [{1, 2, 3}] * 4


def test_the_leader_of_a_partition_may_be_killed(stack, stood_still, record_property):
    leader, since = placed(stack)[0].leader, time.time()
    stack.compose("kill", BROKERS[leader])
    stood_s = stack.windows_go_on(QUICKLY_S)
    record_property("a leader killed: to the next window, s", round(stood_s, 1))
    stack.compose("start", BROKERS[leader])
    stood_still("a leader killed", since)


@pytest.mark.long
@pytest.mark.parametrize("how", ["killed", "hanging"])
def test_each_broker_may_be_away(stack, stood_still, record_property, how):
    # One is the controller, and each partition has its leader among them until that is away.
    since = time.time()
    for broker in BROKERS.values():
        with away(stack, broker, how):
            stood_s = stack.windows_go_on(QUICKLY_S)
        record_property(f"{broker} {how}: to the next window, s", round(stood_s, 1))
        wait_for("all replicas in sync", lambda: all_in_sync(stack), QUICKLY_S)
    stood_still(f"each broker {how}", since)


@pytest.mark.long
@pytest.mark.parametrize("how", ["killed", "hanging"])
def test_each_zookeeper_may_be_away(stack, stood_still, how):
    since = time.time()
    for zookeeper in ZOOKEEPERS:
        wait_for("all ZooKeepers", lambda: ensemble_is_whole(stack), QUICKLY_S)
        with away(stack, zookeeper, how):
            time.sleep(AWAY_S)
            stack.windows_go_on(QUICKLY_S)
    stood_still(f"each ZooKeeper {how}", since)


@pytest.mark.long
def test_with_two_brokers_away_the_producer_waits_and_says_so(stack, record_property):
    stack.compose("kill", "kafka-2", "kafka-3")
    wait_for("a producer that waits", lambda: stack.status("producer")["state"] == "connecting", 60)
    assert stack.status("producer")["last_error"] == "broker: it acknowledges nothing"
    # The engine gives out the addresses that are free: each gets the other's.
    stack.compose("start", "kafka-3")
    stack.compose("start", "kafka-2")
    stood_s = stack.windows_go_on(QUICKLY_S)
    record_property("two brokers back: to the next window, s", round(stood_s, 1))


@pytest.mark.judge
def test_after_all_of_it_no_record_is_missing_or_there_twice_and_every_window_is_right(stack):
    all_is_right(stack, runs=1)
