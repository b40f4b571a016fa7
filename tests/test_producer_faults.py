"""A producer whose broker goes and comes, and that is stopped and killed: what it promises holds.

The judge is `acknowledged.py`. Longer outages, and more kills: `producer_outages.py`.
"""

import random
import time

import pytest
import topic
from acknowledged import faults, watched
from waiting import wait_for

RATE = 2000


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("producer-faults", SYNTHETIC_EVENTS_PER_SECOND=str(RATE))
    stack.compose("up", "--detach", "volume-init")
    return stack


def published(stack):
    return stack.status("producer").get("details", {}).get("published", 0)


def wait_for_more(stack, timeout_s=60):
    """Wait until the run that is on now has more acknowledged."""
    before = published(stack)
    wait_for("more events", lambda: published(stack) not in range(before + RATE), timeout_s, 0.1)


def wait_for_run(stack, timeout_s=60):
    run = stack.status("producer")["details"]["run_id"]
    wait_for(
        "another run with events",
        lambda: stack.status("producer")["details"]["run_id"] != run and published(stack) > 0,
        timeout_s,
        0.1,
    )


def memory_mib(stack):
    found = stack.shell("docker", "stats", "--no-stream", "--format", "{{.MemUsage}}",
        stack.container("producer")["Id"]).stdout  # fmt: skip
    return float(found.split("MiB")[0])


def test_whatever_happens_what_was_acknowledged_is_in_the_topic_once_and_in_order(stack):
    with watched(stack.data / "status" / "producer.json") as counts:
        stack.compose("up", "--detach", "--no-deps", "producer")
        wait_for("a producer that waits", lambda: stack.status("producer").get("state"), 30)
        assert stack.status("producer")["state"] == "connecting"
        stack.up("producer")  # the broker comes after it
        wait_for_more(stack)

        for _ in range(3):
            time.sleep(random.uniform(0, 1))
            stack.kill("producer")
            wait_for_run(stack)

        stack.compose("pause", "kafka")
        time.sleep(12)  # longer than what may be pending lasts
        assert memory_mib(stack) < 128
        stack.compose("unpause", "kafka")
        wait_for_more(stack)

        stack.compose("restart", "kafka")
        wait_for_more(stack)

        stack.kill("kafka")
        wait_for_more(stack)

        stack.compose("stop", "producer")
        wait_for("a clean end", lambda: stack.status("producer")["state"] == "stopped", 5)
    assert stack.container("producer")["State"]["ExitCode"] == 0
    assert stack.restarts()["producer"] == 3
    assert len([count for count in counts.values() if count]) == 4
    records = stack.records()
    assert faults(records, counts) == []
    assert len(records) == pytest.approx(sum(counts.values()), abs=3 * 20_000)


def test_a_topic_that_is_made_late_is_waited_for(stack):
    stack.up("kafka")
    run = ("run", "--detach", "--no-deps", "--env", "KAFKA_TOPIC=late", "--env")
    name = stack.compose(*run, "PRODUCER_NAME=late", "producer").stdout.split()[-1]
    with watched(stack.data / "status" / "late.json") as counts:
        wait_for(
            "its name", lambda: "topic late" in (stack.status("late").get("last_error") or ""), 30
        )
        topic.make(stack.bootstrap, "late")
        wait_for("events", lambda: stack.status("late")["details"]["published"] > RATE, 60)
        stack.shell("docker", "stop", name)
    stack.shell("docker", "rm", name)
    records = topic.read(stack.bootstrap, "late")
    assert faults(records, counts) == []
    assert [len(records)] == list(counts.values())
