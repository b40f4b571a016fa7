"""`KAFKA_PARTITIONS` may be raised at any time, and takes no more than `make up`."""

import pytest
from stack import SHORT_WINDOWS
from waiting import wait_for


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "partitions",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="20",
        SYNTHETIC_SEED="7",
    )
    stack.up()
    return stack


def topic_init(stack, partitions, *, check=True):
    return stack.compose(
        "run", "--rm", "--no-TTY", "--no-deps", "--env", f"KAFKA_PARTITIONS={partitions}",
        "topic-init", check=check,
    )  # fmt: skip


def all_read(stack, partitions):
    """Wait until the job reads so many partitions and each has records, within a minute."""
    numbers = list(range(partitions))

    def read():
        lag = stack.status("spark-job")["details"]["lag"]
        return [it["partition"] for it in lag if it["processed"]] == numbers

    wait_for(f"the job reads {partitions} partitions", read, 60)


def test_what_runs_finds_partitions_that_are_added(stack):
    before = stack.started_at()
    assert topic_init(stack, 3).stdout == "raw_api_events has 3 partitions now (before: 1)\n"
    all_read(stack, 3)
    assert stack.started_at() == before


def test_the_next_up_adds_partitions(stack):
    stack.set(KAFKA_PARTITIONS="4")
    stack.up()
    assert stack.logs("topic-init") == "raw_api_events has 4 partitions now (before: 3)\n"
    all_read(stack, 4)


def test_the_same_number_again_changes_nothing_and_says_nothing(stack):
    assert topic_init(stack, 4).stdout == ""


def test_a_lower_number_is_told_in_one_line_and_all_goes_on(stack):
    assert topic_init(stack, 2).stdout == (
        "KAFKA_PARTITIONS: got 2, but raw_api_events has 4 and keeps them, since Kafka takes none"
        " away. To have fewer, wipe all: make reset\n"
    )
    all_read(stack, 4)


@pytest.mark.parametrize("value", ["0", "four", "1.5", "10000"])
def test_what_is_no_number_of_partitions_is_told_in_one_line(stack, value):
    done = topic_init(stack, value, check=False)
    assert done.returncode == 2
    line = f"KAFKA_PARTITIONS: got '{value}', takes a whole number from 1 to 999"
    assert line in done.stderr.splitlines()


def test_after_all_of_it_every_window_is_there_once(stack):
    stack.check_windows()
    assert stack.status("spark-job")["details"]["late_window_updates"] == 0
