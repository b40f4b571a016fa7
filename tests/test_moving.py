"""Other windows, other state partitions: a new checkpoint takes over by itself.

Nothing is wiped or moved by hand. Where the windows of one length end and those of another begin,
the note beside the checkpoint says; each is in the dataset once, as calculated.
"""

import os
import random
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from notes import Note, expected, note_file, read_note
from stack import Stack, settled_differences
from topic import Message
from waiting import wait_for
from windows import Calculation, assert_none

LENGTHS = "6 seconds", "10 seconds"
ROUNDS = 12


def differences(stack: Stack, notes: list[Note]) -> list[str]:
    """Compare the dataset with the topic, once windows have closed that begin from now on."""
    closed_us = (time.time() + 12) * 1e6

    def reached() -> Calculation | None:
        found = expected(stack, notes)
        return found if found.watermark_us > closed_us else None

    return settled_differences(stack, wait_for("windows that begin now", reached, 90))


def no_differences(stack: Stack, notes: list[Note]) -> None:
    """Assert that there are none."""
    assert_none(differences(stack, notes))


@pytest.fixture
def stack(new_stack):
    stack = new_stack(
        "moving",
        WINDOW_LENGTH=LENGTHS[0],
        WINDOW_SLIDE="2 seconds",
        SYNTHETIC_EVENTS_PER_SECOND="20",
        SYNTHETIC_SEED="7",
        KAFKA_PARTITIONS="3",
        STATE_PARTITIONS="2",
    )
    stack.up()
    yield stack
    stack.close()


def spoil(stack: Stack, count: int) -> None:
    """Publish records that are refused, and wait until the job has told of them all."""
    before = sum(stack.status("spark-job")["details"]["refused"].values())
    stack.produce(Message(b"no event") for _ in range(count))

    def told() -> bool:
        return sum(stack.status("spark-job")["details"]["refused"].values()) == before + count

    wait_for("records that are refused", told, 30)


CHANGES = {"WINDOW_LENGTH": "10 seconds", "STATE_PARTITIONS": "3"}


def test_with_other_windows_and_state_partitions_all_goes_on_where_it_was(stack):
    spoil(stack, 20)
    wait_for("windows", stack.rows, 60)
    notes = [read_note(stack)]
    stack.set(**CHANGES)
    stack.up()
    notes.append(read_note(stack))
    assert notes[-1].after_us > notes[-2].after_us
    told = stack.status("spark-job")["details"]["notices"]
    (moved,) = [it for it in told if ": a new checkpoint takes over" in it]
    for name, value in CHANGES.items():
        assert re.search(rf"{name} was [^,;]+, is {value}[;:]", moved), moved
    no_differences(stack, notes)
    spoil(stack, 3)
    assert set(stack.restarts().values()) == {0}
    # All of it was read again, and nothing of it refused once more.
    assert stack.status("spark-job")["details"]["refused"] == {"not_json": 3}
    refused = [(it["partition"], it["offset"]) for it in stack.refused()]
    assert len(refused) == len(set(refused)) == 23


def commits(stack: Stack) -> set[Path]:
    """List the batches that are committed in whichever checkpoints there are."""
    return set((stack.data / "checkpoints/aggregates").glob("query*/commits/[0-9]*"))


def wait_a_while(true: Callable[[], bool], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.001)


def die(stack: Stack, rng: random.Random, note: bytes) -> None:
    """End the job with SIGKILL: as it starts, as a checkpoint takes over, or within its batches."""
    pids = stack.main_processes("spark-job")
    before = commits(stack)
    match rng.choice(["start", "switch", "batch"]):
        case "start":
            time.sleep(rng.uniform(0, 5))
        case "switch":  # if it has not been before
            wait_a_while(lambda: note_file(stack).read_bytes() != note, 15)
            time.sleep(rng.uniform(0, 0.05))
        case "batch":
            wait_a_while(lambda: bool(commits(stack) - before), 60)
            time.sleep(rng.uniform(0, 5))
    for pid in pids:  # Compose would need half a second
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    stack.compose("stop", "--timeout", "0", "spark-job")  # the engine starts it again


@pytest.mark.long
def test_kills_while_checkpoints_take_over_from_each_other_lose_and_double_nothing(stack):
    seed = int(os.environ.get("SEED") or 13)
    rng = random.Random(seed)
    choices = [(length, str(partitions)) for length in LENGTHS for partitions in (1, 2, 3)]
    chosen = choices[1]
    no_differences(stack, notes := [read_note(stack)])
    for _ in range(ROUNDS):
        stack.compose("kill", "spark-job")
        note = note_file(stack).read_bytes()
        chosen = rng.choice([it for it in choices if it != chosen])
        stack.set(WINDOW_LENGTH=chosen[0], STATE_PARTITIONS=chosen[1])
        for _ in range(rng.randint(1, 2)):
            stack.compose("up", "--detach", "--no-deps", "spark-job")
            die(stack, rng, note)
            notes.append(read_note(stack))
    stack.up()
    notes.append(read_note(stack))
    assert len(set(notes)) > ROUNDS // 3, f"seed {seed}"
    no_differences(stack, notes)
    assert stack.status("spark-job")["state"] == "running"
