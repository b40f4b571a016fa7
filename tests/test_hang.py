"""The job hangs, in its workers or in its JVM, and is restarted. Takes minutes."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from stack import SHORT_WINDOWS
from waiting import wait_for

pytestmark = pytest.mark.long

NOTICED_S = 180 + 60


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("hang", **SHORT_WINDOWS)
    stack.up()
    return stack


def processes(stack, word: str) -> list[int]:
    """List the processes of the job's container, on the host, whose command has a word."""
    listing = stack.compose("top", "spark-job").stdout.splitlines()[2:]
    found = [line.split() for line in listing]
    pids = [int(columns[1]) for columns in found if columns[1:2] and columns[1].isdecimal()]
    return [pid for pid in pids if word in command(pid)]


def command(pid: int) -> str:
    with suppress(FileNotFoundError):  # it has just ended
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


@pytest.mark.parametrize("word", ["pyspark.daemon", "java"])
def test_a_job_that_hangs_says_so_and_is_started_again(stack, word):
    stack.check_windows(since=time.time())
    restarts = stack.restarts()["spark-job"]
    stopped = processes(stack, word)
    assert stopped
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    wait_for("another start", lambda: stack.restarts()["spark-job"] == restarts + 1, NOTICED_S)
    assert "the query hangs" in stack.logs("spark-job")
    stack.wait_healthy()
    stack.check_windows(since=time.time())
    assert stack.restarts()["spark-job"] == restarts + 1
