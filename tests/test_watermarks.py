"""Each partition of a topic has a watermark of its own, and the delay is 0.

Partitions are in order within themselves, and else as unlike each other as can be. Nothing may be
lost as late, in whatever order they are read; a window waits for the slowest of them.
"""

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from spoilt import encode, heartbeat, quote, time_text
from topic import Message
from waiting import wait_for

pytestmark = pytest.mark.long

LENGTH, SLIDE = timedelta(seconds=60), timedelta(seconds=1)
PARTITIONS = 4
HOUR, DAY = 3600, 86_400
MOST_HELD_BACK = 300
"""Panes in windows that the slowest partition holds back: some 250 at the end. Where each partition
was read as far as there is room for, there would be over 400.
"""


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("watermarks", WINDOW_SLIDE="1 second", KAFKA_PARTITIONS=str(PARTITIONS))
    stack.up("kafka", "topic-init")
    return stack


def details(stack):
    return stack.status("spark-job").get("details", {})


def publish(stack, partition, moments, symbol, price=100.0):
    stack.produce(
        Message(encode(quote(at, symbol, price + n % 7)), partition=partition)
        for n, at in enumerate(moments)
    )


def two_weeks(now):
    """Give for each partition the moments of its quotes, in seconds since 1970."""
    first = float(int(now) - 14 * DAY)
    bursts = (first + 16 * HOUR * burst + n / 100 for burst in range(20) for n in range(2000))
    sparse = (first + HOUR * n for n in range(14 * 24))
    late = (now - 300 + n / 100 for n in range(20_000))
    early = [first + n / 100 for n in range(10_000)]
    return [list(bursts), list(sparse), list(late), [*early, now - 90]]


def readings(stack) -> Iterator[dict[int, int]]:
    """Give how many records of each partition were read after each batch, by Spark's own log."""
    for path in (stack.data / "checkpoints/aggregates/query/offsets").glob("[0-9]*"):
        plan = json.loads(path.read_text().splitlines()[2])
        yield {int(partition): end for partition, end in plan[stack.topic_name()].items()}


def panes_held_back(ends, moments):
    """Count what is in windows that the slowest has not passed, of quotes of a symbol a partition.

    The watermark may be behind it: windows are closed over several batches where they are many.
    """
    slowest = min(moments[partition][end - 1] if end else 0 for partition, end in ends.items())
    return len(
        {
            (partition, at // SLIDE.seconds)
            for partition, end in ends.items()
            for at in moments[partition][:end]
            if at // SLIDE.seconds * SLIDE.seconds + LENGTH.seconds > slowest
        }
    )


def test_a_backlog_of_partitions_that_lie_weeks_apart_gives_every_window_after_kills(stack):
    """The producer is gone for good: no record comes any more that would move a watermark."""
    moments = two_weeks(time.time())
    for partition, symbol in enumerate(("IBM", "AAPL", "MSFT", "TSLA")):
        publish(stack, partition, moments[partition], symbol)
    stack.up("spark-job")

    def read(partition):
        lag = {it["partition"]: it["processed"] for it in details(stack).get("lag", [])}
        return lag.get(partition, 0)

    wait_for("a part of the backlog", lambda: read(0) > 1000, 60, every_s=0.02)
    stack.kill("spark-job")
    wait_for("more of it", lambda: read(0) > 20_000, 90, every_s=0.02)
    stack.kill("spark-job")
    wait_for("all of it", lambda: read(2) == 20_000, 120, every_s=0.02)
    calculation = stack.check_windows()
    watermark_us, doubtful = calculation.watermark_us, calculation.doubtful
    assert not doubtful
    assert watermark_us == int(min(map(max, moments)) * 1000) * 1000  # all are read to their ends
    assert details(stack)["late_window_updates"] == 0
    batches = list(readings(stack))
    assert len(batches) > 2
    assert max(panes_held_back(it, moments) for it in batches) < MOST_HELD_BACK


def test_a_partition_in_which_nothing_comes_is_named_and_holds_windows_back(stack):
    publish(stack, 1, [time.time()], "AAPL")
    stack.up("spark-job")

    def feed():
        now = time.time()
        for partition in (0, 2, 3):
            publish(stack, partition, [now], "IBM")
        found = details(stack)["held_back_by"]
        return [it["partition"] for it in found] == [1] and found

    (held_back,) = wait_for("the partition is named", feed, 60, every_s=2)
    (last,) = [it for it in stack.records() if it.partition == 1][-1:]
    assert held_back["since"][:19] == time_text(last.timestamp_ms / 1000)[:19]
    before = details(stack)["watermark"]
    stack.produce([Message(encode(heartbeat(time.time())), partition=1)])
    wait_for("the watermark moves", lambda: details(stack)["watermark"] > before, 20)
    wait_for("it is not named any more", lambda: details(stack)["held_back_by"] == [], 20)
    stack.check_windows()
    assert details(stack)["late_window_updates"] == 0
