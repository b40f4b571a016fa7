"""What failed inside Spark: the kind of error, and one line that describes it."""

import re
from pathlib import Path

from py4j.protocol import Py4JError, Py4JJavaError

from contracts.status import STARTED_AGAIN, read_job
from spark_job.errors import (
    ExecutorsDiedError,
    QueryFailedError,
    StateDamagedError,
    WorkerDiedError,
)

_PLAN = "=== Streaming Query ==="
_TRACE = "Traceback (most recent call last):"
_CAUSE = "Caused by: "
_FRAME = re.compile(r"at (?!java|jdk|scala)\S+\(\S+\)")
_NOTHING = re.compile(r"at \S.*|\.\.\. \d+ more|Driver stacktrace:|")
_LONGEST = 500
_EXECUTOR_DIED = "ExecutorLostFailure"
_WORKER_DIED = re.compile(
    r"Python worker exited unexpectedly"
    r"|java\.net\.SocketException[^\n]*(?:\n\s+at [^\n]*)*PythonRunner"
)
"""Where something was read from it, or written to it."""

_LOADS_STATE = "HDFSBackedStateStoreProvider.getLoadedMapForStore("


def failed(error: Exception | None) -> QueryFailedError:
    """Tell which kind of failure ended a query."""
    told, line = str(error), one_line(error)
    failure = QueryFailedError(line)
    if _EXECUTOR_DIED in told:
        failure = ExecutorsDiedError(line)
    elif _WORKER_DIED.search(told):
        failure = WorkerDiedError("a Python worker of Spark's is gone: killed, or out of memory")
    elif _LOADS_STATE in told:
        failure = StateDamagedError(line)
    failure.__cause__ = error
    return failure


def one_line(error: object) -> str:
    """Describe the innermost cause of an error.

    Spark's messages contain the traces of all processes involved, and the query's plan. The cause
    is the last line of a Python trace and the first line of one of the JVM. A cause without a
    message is given with its place in the code.
    """
    if error is None:
        return "the query ended by itself"
    if isinstance(error, Py4JError) and not isinstance(error, Py4JJavaError):
        return "Spark's JVM is gone: killed, or out of memory (SPARK_DRIVER_MEMORY)"
    lines = [line.strip() for line in str(error).partition(_PLAN)[0].splitlines()]
    causes = [index for index, line in enumerate(lines) if line.startswith(_CAUSE)]
    innermost = lines[causes[-1] :] if causes else lines
    said = [line for line in innermost if not _NOTHING.fullmatch(line)]
    if not said:
        return type(error).__name__
    if any(_TRACE in line for line in said):
        return said[-1][:_LONGEST]
    first = next((line for line in said if line.startswith(": ")), said[0])
    cause = first.removeprefix(_CAUSE).removeprefix(": ")
    place = next((line for line in innermost if _FRAME.fullmatch(line)), "")
    return f"{cause} {place if causes and ':' not in cause else ''}".strip()[:_LONGEST]


def last_failure(status_file: Path) -> str | None:
    """Give why the previous run failed, so that a restart does not hide it; None if it did not."""
    try:
        before = read_job(status_file.read_bytes())
    except (OSError, ValueError):
        return None
    return f"{STARTED_AGAIN}{before.last_error}" if before.state == "failed" else None
