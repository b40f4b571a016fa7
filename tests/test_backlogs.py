"""Backlogs of many partitions and of two weeks, with default settings; no producer runs.

Takes minutes: `make test-long`.
"""

import random
import time
from collections.abc import Iterator

import pytest
from spoilt import encode, quote
from topic import Message
from waiting import wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

SLIDE_S = 5
PARTITIONS = 16
HOUR, DAY = 3600, 86_400
MOST_STATE_BYTES = 5_000_000
"""Two dense weeks of one symbol, kept open as a whole, would be 25 MB and more."""


def read(stack) -> int:
    """Count the records that have been read."""
    return sum(it["processed"] for it in details(stack).get("lag", []))


def details(stack) -> dict:
    return stack.status("spark-job").get("details", {})


def moments(partition: int, first: float, last: float, rng: random.Random) -> Iterator[float]:
    """Give the times of a partition's quotes: a rate, a start and gaps of its own."""
    every_s = (0.25, 0.5, 2, 50)[partition % 4]
    at = first + rng.uniform(0, HOUR)
    while at < last:
        yield at
        at += 600 if rng.random() < every_s / HOUR else rng.uniform(0, 2 * every_s)


def test_a_backlog_of_sixteen_partitions_gives_every_window_after_kills(new_stack):
    stack = new_stack("sixteen", KAFKA_PARTITIONS=str(PARTITIONS))
    stack.up("kafka", "topic-init")
    rng, last = random.Random(16), time.time() - 60
    topic = [list(moments(it, last - 2 * HOUR, last, rng)) for it in range(PARTITIONS)]
    for partition, times in enumerate(topic):  # a symbol of its own, and one that is in all
        stack.produce(
            Message(
                encode(quote(at, f"S{partition}" if n % 9 else "ALL", 100 + n % 7)),
                partition=partition,
            )
            for n, at in enumerate(times)
        )
    stack.up("spark-job")
    first = wait_for("a part of the backlog", lambda: read(stack), 60, every_s=0.02)
    stack.kill("spark-job")
    more = wait_for("more of it", lambda: max(0, read(stack) - first), 90, every_s=0.02)
    stack.kill("spark-job")
    assert first + more < sum(map(len, topic))
    wait_for("all of it", lambda: read(stack) == sum(map(len, topic)), 180)
    calculation = stack.check_windows()
    assert calculation.doubtful == set()
    assert calculation.watermark_us == int(min(map(max, topic)) * 1000) * 1000
    assert details(stack)["late_window_updates"] == 0


def test_two_dense_weeks_beside_a_sparse_partition_are_read_in_bounded_memory(new_stack):
    stack = new_stack("fortnight", KAFKA_PARTITIONS="2")
    stack.up("kafka", "topic-init")
    first = int(time.time()) - 14 * DAY
    dense, sparse = range(first, first + 14 * DAY, 2), range(first, first + 14 * DAY, HOUR)
    for partition, symbol, times in ((0, "IBM", dense), (1, "AAPL", sparse)):
        stack.produce(
            Message(encode(quote(at, symbol, 100 + n % 7)), partition=partition)
            for n, at in enumerate(times)
        )
    stack.up("spark-job")
    sizes = []

    def all_read():
        sizes.append(details(stack).get("state_bytes", 0))
        return read(stack) == len(dense) + len(sparse)

    wait_for("all of it", all_read, 900, every_s=0.1)
    calculation = stack.check_windows()
    assert calculation.doubtful == set()
    assert len(calculation.rows) > 13 * DAY // SLIDE_S
    assert max(sizes) < MOST_STATE_BYTES
    assert details(stack)["late_window_updates"] == 0
    assert stack.restarts()["spark-job"] == 0
    assert not stack.container("spark-job")["State"]["OOMKilled"]
