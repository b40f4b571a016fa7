"""How the job ends its query."""

from jvm import Raised
from py4j.protocol import Py4JJavaError
from structlog.testing import capture_logs

from spark_job.app import end


class Query:
    """A query whose batch does not end within `spark.sql.streaming.stopTimeout`."""

    def stop(self) -> None:
        raise Py4JJavaError("stop", Raised())


def test_a_batch_that_does_not_end_in_time_is_no_failure_of_a_stop() -> None:
    with capture_logs() as logs:
        end(Query())
    assert [it["event"] for it in logs] == [
        "stopped in the middle of a batch: the next start repeats it"
    ]
