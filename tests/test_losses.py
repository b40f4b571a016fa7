"""Records that the broker loses, a batch that kills the job: reported, and the job continues."""

import json
import time
from collections.abc import Iterator

import pytest
import topic
from notes import note_file
from spoilt import encode, quote
from stack import SHORT_WINDOWS
from topic import Message
from waiting import wait_for

pytestmark = pytest.mark.long  # test_faults.py loses records of a job that is stopped

FEWEST_AT_ONCE = 200_000  # what a first batch may take at these windows: each record is in three


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "losses",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="50",
    )
    stack.up()
    return stack


def notices(stack, words):
    return [it for it in stack.status("spark-job")["details"]["notices"] if words in it]


def checkpoint(stack):
    return note_file(stack).parent


def note(stack):
    return json.loads(note_file(stack).read_bytes())


def planned(path):
    """Give how many records the plan of a batch has."""
    plan = json.loads(path.read_text().splitlines()[2])
    return plan["raw_api_events"]["0"] - plan["begins at"].get("0", 0)


def quotes(count: int) -> Iterator[Message]:
    value = encode(quote(time.time(), "IBM", 100.0))
    return (Message(value) for _ in range(count))


def test_a_batch_that_kills_the_job_three_times_is_left_for_smaller_ones(stack):
    wait_for("a window", stack.rows, 60)
    stack.compose("stop", "spark-job", "producer")
    stack.produce(quotes(2 * FEWEST_AT_ONCE + 50_000))
    query = checkpoint(stack) / "query"
    before = {it.name for it in (query / "offsets").iterdir()}
    stack.compose("up", "--detach", "--no-deps", "spark-job")

    def begun_large():
        new = [it for it in (query / "offsets").glob("[0-9]*") if it.name not in before]
        return any(
            planned(it) > FEWEST_AT_ONCE and not (query / "commits" / it.name).exists()
            for it in new
        )

    wait_for("a large batch", begun_large, 90, every_s=0.005)
    stack.kill("spark-job")
    for times in (2, 3):
        wait_for(
            f"attempt {times}",
            lambda times=times: (note(stack)["begun"] or {}).get("times") == times,
            90,
            every_s=0.005,
        )
        stack.kill("spark-job")
    wait_for("a notice", lambda: notices(stack, "was begun 3 times and never finished"), 90)
    stack.up()
    wait_for("all read", lambda: stack.status("spark-job")["details"]["lag"][0]["lag"] < 200, 120)
    sizes = [planned(it) for it in (checkpoint(stack) / "query-2" / "offsets").glob("[0-9]*")]
    assert max(sizes) <= FEWEST_AT_ONCE
    stack.check_windows(since=time.time())


def test_records_that_expire_before_they_are_read_are_told_once(stack):
    wait_for("a window", stack.rows, 60)
    stack.compose("pause", "spark-job")
    read = stack.records()[-1].offset
    wait_for("more records", lambda: stack.records()[-1].offset > read + 100, 30)
    topic.expire(stack.bootstrap, stack.topic_name(), read + 80)
    stack.compose("unpause", "spark-job")
    (told,) = wait_for("a notice", lambda: notices(stack, "expired before they were read"), 30)
    assert told.startswith("partition 0: offsets ")
    assert f" to {read + 79} (" in told
    assert stack.restarts()["spark-job"] == 0


def test_a_topic_made_anew_with_as_many_records_is_known_while_the_job_runs(stack):
    end = stack.records()[-1].offset
    stack.compose("stop", "producer")
    stack.compose("pause", "spark-job")
    topic.make_anew(stack.bootstrap, stack.topic_name())
    stack.produce(quotes(end + 5_000))
    stack.compose("unpause", "spark-job")
    wait_for("a notice", lambda: notices(stack, "created again"), 60)
    stack.compose("start", "producer")
    stack.windows_go_on(120)
