"""Of pages of traces one line is reported: the one that says what happened."""

import os
import signal

import pytest
from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PythonException

from spark_job.errors import QueryFailedError, WorkerDiedError, WrongSparkError
from spark_job.monitoring.failure import failed, one_line
from spark_job.session import check_version

SINK = """An exception was raised by the Python Proxy. Return Message: Traceback (most recent call last):
  File "clientserver.py", line 617, in _call_proxy
    return_value = getattr(self.pool[obj_id], method)(*params)
OSError: [Errno 28] No space left on device: '/data/x'

=== Streaming Query ===
Identifier: [id = 70b4dac7, runId = 970dff2a]
Logical Plan:
WriteToMicroBatchDataSourceV1 ForeachBatchSink
"""  # noqa: E501 - as Spark writes it
WORKER = """Traceback (most recent call last):
  File "decode.py", line 70, in run
DeadLettersNotDeliveredError: 3 did not get to raw.dlq: no answer

\tat org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonException(Python.scala)
"""
STATE = """An exception was raised by the Python Proxy. Return Message: Traceback (most recent call last):
  File "sink.py", line 33, in __call__
py4j.protocol.Py4JJavaError: An error occurred while calling o396.getResult.
: org.apache.spark.SparkException: Exception thrown in awaitResult:\x20
\tat org.apache.spark.util.SparkThreadUtils$.awaitResult(SparkThreadUtils.scala:56)
Caused by: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 failed 1 times
Driver stacktrace:
\tat org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages(DAGScheduler.scala:2856)
Caused by: {cause}
\tat java.base/java.io.DataInputStream.readInt(DataInputStream.java:397)
\tat org.apache.spark.sql.State.update(State.scala:471)
\t... 41 more
"""  # noqa: E501 - as Spark writes it
START = """An error occurred while calling o383.start.
: com.fasterxml.jackson.core.JsonParseException: Unrecognized token 'garbage'
 at [Source: (InputStreamReader); line: 1, column: 8]
\tat com.fasterxml.jackson.core.JsonParser._constructError(JsonParser.java:2418)
"""
CAUSED_IN_WORKER = f"""Job aborted due to stage failure
Caused by: org.apache.spark.api.python.PythonException: {WORKER}
\t... 1 more
"""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            OSError(
                STATE.format(cause="java.io.FileNotFoundException: File x/1.delta is not there")
            ),
            "java.io.FileNotFoundException: File x/1.delta is not there",
        ),
        (
            OSError(STATE.format(cause="java.io.EOFException")),
            "java.io.EOFException at org.apache.spark.sql.State.update(State.scala:471)",
        ),
        (
            OSError(START),
            "com.fasterxml.jackson.core.JsonParseException: Unrecognized token 'garbage'",
        ),
        (
            OSError(CAUSED_IN_WORKER),
            "DeadLettersNotDeliveredError: 3 did not get to raw.dlq: no answer",
        ),
        (OSError(SINK), "OSError: [Errno 28] No space left on device: '/data/x'"),
        (RuntimeError(WORKER), "DeadLettersNotDeliveredError: 3 did not get to raw.dlq: no answer"),
        (RuntimeError("Failed to create\n=== Streaming Query ===\nplan"), "Failed to create"),
        (RuntimeError("x" * 1000), "x" * 500),
        (ConnectionError(), "ConnectionError"),
        (
            Py4JError("An error occurred while calling o300.isActive"),
            "Spark's JVM is gone: killed, or out of memory (SPARK_DRIVER_MEMORY)",
        ),
        (None, "the query ended by itself"),
    ],
)
def test_the_line_that_says_what_happened_is_reported(error, line):
    assert one_line(error) == line


def killed(batches):
    """A worker that is killed before it has read, or while it is written to."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield from batches


def raises(_):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("rows", [1, 300_000])
def test_a_worker_that_is_killed_is_told_from_one_that_fails(session, rows):
    frame = session.range(0, rows, 1, 1)
    with pytest.raises(Py4JJavaError) as gone:
        frame.mapInArrow(killed, "id bigint")._collect_as_arrow()
    assert type(failed(gone.value)) is WorkerDiedError
    with pytest.raises(PythonException) as error:
        frame.mapInArrow(raises, "id bigint")._collect_as_arrow()
    assert type(failed(error.value)) is QueryFailedError
    assert str(failed(error.value)) == "OSError: [Errno 28] No space left on device"


def test_another_version_of_spark_is_reported_with_what_to_do():
    with pytest.raises(
        WrongSparkError, match=r"made for Spark 3\.5\.3 and found 3\.5\.0.*SPARK_IMAGE"
    ):
        check_version("3.5.0")
    check_version("3.5.3")
