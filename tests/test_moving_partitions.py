"""A new checkpoint takes over while some partitions are ahead of others.

Event times are given by hand, so that nothing waits for a clock. Takes two minutes.
"""

import json
import time
from datetime import timedelta

import pytest
from events import US
from notes import expected, note_file, read_note
from spoilt import encode, heartbeat, quote
from stack import Stack, settled_differences
from topic import Message
from waiting import wait_for

pytestmark = pytest.mark.long


def feed(stack: Stack, reached: dict[int, float], behind: tuple[float, ...]) -> None:
    """Bring each partition, by quotes, to so many seconds behind now, if it is not further."""
    now = time.time()
    for partition, seconds in enumerate(behind):
        first, last = reached[partition], max(reached[partition], now - seconds)
        reached[partition] = last
        moments = [first + n / 10 for n in range(1, int((last - first) * 10))]
        stack.produce(
            Message(encode(quote(at, f"P{partition}", 100 + n % 7)), partition=partition)
            for n, at in enumerate(moments)
        )


def all_read(stack: Stack) -> None:
    """Wait until the job has read what is in the topic, of each partition."""
    counts = dict.fromkeys(stack.partitions(), 0)
    for record in stack.records():
        counts[record.partition] += 1

    def read() -> bool:
        lag = stack.status("spark-job")["details"]["lag"]
        return {it["partition"]: it["processed"] for it in lag} == counts

    wait_for("all is read", read, 60)


def note_of_another_layout(stack: Stack) -> None:
    """Let the note tell of another layout of the state."""
    content = json.loads(note_file(stack).read_bytes())
    content["state_layout"] -= 1
    note_file(stack).write_text(json.dumps(content))


def test_of_partitions_that_have_come_unequally_far_each_goes_on_where_it_was(new_stack):
    """Some are ahead of others, in what is read and in what is not read yet."""
    stack = new_stack(
        "unequal",
        WINDOW_LENGTH="10 seconds",
        WINDOW_SLIDE="2 seconds",
        KAFKA_PARTITIONS="3",
        STATE_PARTITIONS="2",
        MAX_FUTURE_SKEW="1 second",  # so that not all is read again
    )
    stack.up("kafka", "topic-init")
    reached = dict.fromkeys(stack.partitions(), time.time() - 30)
    feed(stack, reached, (0, 4, 9))
    fed_s = time.time()
    stack.up("spark-job")
    notes = [read_note(stack)]
    for settings, behind in (
        ({"WINDOW_LENGTH": "6 seconds", "STATE_PARTITIONS": "3"}, (9, 0, 4)),
        ({}, (4, 9, 0)),
    ):
        all_read(stack)
        # A checkpoint that takes over reads again what the broker has had since the watermark, 9 s
        # behind, less the longer window and the skew: the first records shall not be among that.
        wait_for("older records", lambda: time.time() - fed_s > 9 + 10 + 1 + 2, 30)
        stack.compose("stop", "spark-job")
        if not settings:
            note_of_another_layout(stack)
        stack.set(**settings)
        feed(stack, reached, behind)
        stack.up("spark-job")
        notes.append(read_note(stack))
        assert notes[-1].after_us > notes[-2].after_us
        assert stack.status("spark-job")["details"]["late_window_updates"] == 0
    assert all(json.loads(note_file(stack).read_bytes())["begins"].values())
    newest = encode(heartbeat(max(reached.values())))
    stack.produce(Message(newest, key=b"", partition=it) for it in stack.partitions())
    calculation = expected(stack, notes)
    assert settled_differences(stack, calculation) == []
    assert not calculation.doubtful
    lengths = {(key.end_us - key.start_us) * US for key in calculation.rows}
    assert lengths == {timedelta(seconds=6), timedelta(seconds=10)}
    assert stack.status("spark-job")["details"]["late_window_updates"] == 0
