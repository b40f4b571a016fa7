"""Runs the query on records of its own, and ends the JVM in order.

With ``SPARK_SUBMIT_OPTS=-XX:ArchiveClassesAtExit=FILE`` the JVM then writes the classes that it
loaded to FILE, and with ``-XX:SharedArchiveFile=FILE`` it starts from there.
"""

import logging
import os
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from py4j.protocol import Py4JError
from pyarrow import parquet
from pyspark.sql import SparkSession

from contracts.event import Quote, encode
from contracts.settings import load
from contracts.times import format_time
from spark_job.pipeline import aggregates
from spark_job.reading.blocks import BLOCK, pack
from spark_job.session import build_session
from spark_job.settings import JobSettings
from spark_job.writing.dataset import Commit
from spark_job.writing.files import Folder
from spark_job.writing.parquet import ParquetDataset
from spark_job.writing.sink import AggregateSink


def main() -> None:
    """Run the query until a window is written."""
    session = build_session(load(JobSettings))
    with TemporaryDirectory() as folder:
        _aggregate(session, Path(folder))
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    context: Any = session.sparkContext
    with suppress(Py4JError):  # the JVM exits without answering
        context._jvm.System.exit(0)  # noqa: SLF001 - Spark has no public name for it
    context._gateway.proc.wait()  # noqa: SLF001 - until it has written
    # Py4J's threads still log about the JVM that is gone, and Python may abort while it waits for
    # one of them at its own end.
    os._exit(0)


def _aggregate(session: SparkSession, folder: Path) -> None:
    now = datetime.now(UTC)
    values = [_quote(now - timedelta(minutes=5)), _quote(now), b"no event"]
    topic, out = folder / "topic", folder / "out"
    topic.mkdir()
    block = pack(0, 0, int(now.timestamp() * 1000), values)
    parquet.write_table(block, topic / "block.parquet")
    blocks = session.readStream.schema(BLOCK).parquet(str(topic))
    dataset = ParquetDataset(Folder(out))

    def commit_of(batch: int) -> Commit:
        return Commit("query", batch, "topic", now)

    sink = AggregateSink(dataset, commit_of, lambda *_: None)
    settings, letters = load(JobSettings), lambda: nullcontext(lambda _: None)
    query = (
        aggregates(blocks, settings, letters, sink, watermark_delay=timedelta(0))
        .option("checkpointLocation", str(folder / "query"))
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


if __name__ == "__main__":
    main()
