"""A disk that is full or read-only: the job reports it, and nothing is lost. Takes minutes."""

import json
import shutil
import time

import pytest
from stack import SHORT_WINDOWS, settled_differences
from waiting import wait_for

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "disk",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="100",
    )
    stack.environment["COMPOSE_FILE"] = "compose.yaml:tests/compose.small-disk.yaml"
    stack.up()
    wait_for("a batch with windows", lambda: status(stack)["watermark"], 60)
    return stack


def on_disk(stack, *command, check=True):
    return stack.compose("exec", "-T", "disk", *command, check=check)


def status(stack):
    """Read what the job says of itself."""
    return json.loads(on_disk(stack, "cat", "/data/status/spark-job.json").stdout)["details"]


def fill(stack):
    done = on_disk(stack, "dd", "if=/dev/zero", "of=/data/fill", "bs=4k", check=False)
    assert "No space left on device" in done.stderr


def free(stack):
    on_disk(stack, "rm", "/data/fill")


def read_only(stack):
    on_disk(stack, "mount", "-o", "remount,ro", "/data")


def writable(stack):
    on_disk(stack, "mount", "-o", "remount,rw", "/data")


@pytest.mark.parametrize(
    ("spoil", "mend", "words"),
    [(fill, free, "No space left on device"), (read_only, writable, "Read-only file system")],
)
def test_the_job_says_what_is_wrong_and_goes_on_once_it_is_mended(stack, spoil, mend, words):
    before, said = stack.restarts(), len(stack.logs("spark-job"))
    spoil(stack)
    wait_for(
        "the job started again twice",
        lambda: stack.restarts()["spark-job"] >= before["spark-job"] + 2,
        120,
    )
    failures = [
        line
        for text in stack.logs("spark-job")[said:].splitlines()
        if text.startswith("{") and (line := json.loads(text))["level"] in {"error", "critical"}
    ]
    assert failures
    assert any(words in json.dumps(line) for line in failures), failures
    mended = time.time()
    mend(stack)
    stack.wait_healthy()
    assert stack.restarts()["producer"] == before["producer"]
    reach_us = int((mended + 10) * 1e6)
    calculation = wait_for(
        "later windows",
        lambda: (found := stack.expected()).watermark_us > reach_us and found,
        120,
    )
    lines = wait_for("each window in the dataset", lambda: differences_now(stack, calculation), 90)
    assert lines == ["none"]


def differences_now(stack, calculation):
    """Compare with a copy of the disk; gives nothing while windows are missing."""
    shutil.rmtree(stack.data / "aggregates", ignore_errors=True)
    copied = stack.compose("cp", "disk:/data/aggregates", str(stack.data), check=False)
    if copied.returncode:  # a file was renamed meanwhile
        return None
    lines = settled_differences(stack, calculation, timeout_s=0)
    return None if any(line.startswith("missing") for line in lines) else lines or ["none"]
