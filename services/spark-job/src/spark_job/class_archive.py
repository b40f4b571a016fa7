"""Runs the query on records of its own, and ends the JVM in order.

With ``SPARK_SUBMIT_OPTS=-XX:ArchiveClassesAtExit=FILE`` the JVM then writes the classes that it
loaded to FILE, and with ``-XX:SharedArchiveFile=FILE`` it starts from there.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JError, Py4JJavaError
from pyarrow import parquet
from pyspark.sql import SparkSession

from contracts.event import Quote, encode
from contracts.settings import load
from contracts.times import format_time
from spark_job.checking.decode import SendDeadLetter
from spark_job.pipeline import aggregates
from spark_job.session import build_session
from spark_job.settings import JobSettings
from spark_job.writing.sink import AggregateSink

_SCHEMA = "value binary, timestamp timestamp, partition int, offset long"
_NOBODY: dict[str, bool | float | str] = {
    "kafka.bootstrap.servers": "localhost:1",
    "kafka.default.api.timeout.ms": 1000,
    "kafka.request.timeout.ms": 1000,
    "fetchOffset.numRetries": 1,
    "subscribe": "topic",
}


def main() -> None:
    """Run the query until a window is written."""
    session = build_session(load(JobSettings))
    with TemporaryDirectory() as folder:
        _aggregate(session, Path(folder))
    with suppress(Py4JJavaError):  # nobody answers: it is for the classes that ask
        session.read.format("kafka").options(**_NOBODY).load().count()
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    context: Any = session.sparkContext
    with suppress(Py4JError):  # it goes without an answer
        context._jvm.System.exit(0)  # noqa: SLF001 - Spark has no public name for it
    context._gateway.proc.wait()  # noqa: SLF001 - until it has written
    # Py4J's threads still write of the JVM that is gone, and Python may abort where it waits for
    # one of them at its own end.
    os._exit(0)


def _aggregate(session: SparkSession, folder: Path) -> None:
    now = datetime.now(UTC)
    records = {
        "value": [_quote(now - timedelta(minutes=5)), _quote(now), b"no event"],
        "timestamp": pa.array([now] * 3, pa.timestamp("us", "UTC")),
        "partition": pa.array([0] * 3, pa.int32()),
        "offset": pa.array(range(3), pa.int64()),
    }
    topic, out = folder / "topic", folder / "out"
    topic.mkdir()
    parquet.write_table(pa.table(records), topic / "records.parquet")
    frame = session.readStream.schema(_SCHEMA).parquet(str(topic))
    query = (
        aggregates(frame, load(JobSettings), _no_dead_letters)
        .writeStream.option("checkpointLocation", str(folder / "query"))
        .foreachBatch(AggregateSink(out, lambda: "query", lambda *_: None))
        .start()
    )
    query.processAllAvailable()
    query.stop()
    if not any(out.rglob("*.parquet")):
        raise RuntimeError("the query wrote no file")


def _quote(at: datetime) -> bytes:
    time = format_time(at)
    return encode(
        Quote(
            schema_version=1,
            event_id="archive-0",
            symbol="IBM",
            price=1.0,
            volume=1.0,
            event_time=time,
            ingest_time=time,
            source="synthetic",
        )
    )


@contextmanager
def _no_dead_letters() -> Iterator[SendDeadLetter]:
    yield lambda _: None


if __name__ == "__main__":
    main()
