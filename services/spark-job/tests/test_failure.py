"""Of pages of traces one line is reported: the one that says what happened."""

import pytest
from py4j.protocol import Py4JError

from spark_job.errors import WrongSparkError
from spark_job.monitoring.failure import one_line
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


@pytest.mark.parametrize(
    ("error", "line"),
    [
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


def test_another_version_of_spark_is_reported_with_what_to_do():
    with pytest.raises(
        WrongSparkError, match=r"made for Spark 3\.5\.3 and found 3\.5\.0.*SPARK_IMAGE"
    ):
        check_version("3.5.0")
    check_version("3.5.3")
