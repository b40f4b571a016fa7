"""Drain a topic with the real job's own parts, in the job's own image, several times in a process.

Usage: ``job.py TOPIC RECORDS DRAINS OUT [SYMBOLS-NOTE]``. Settings are the job's, from the
environment. A drain begins with an empty checkpoint, in a folder of its own below CHECKPOINTS
(/tmp/checkpoints), and ends when its last windows are in their file and in their topic.
STATE_STORE=rocksdb keeps the state in RocksDB, in place of the JVM's heap.
"""

import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pyarrow as pa
import pyspark
from usage import Drains

from contracts.settings import load
from contracts.status import CatchingUp, HeldBack
from spark_job.app import teach, timing_of
from spark_job.monitoring.report import Listener
from spark_job.output import commit_of
from spark_job.pipeline import start_query
from spark_job.reading.planner import Planner
from spark_job.reading.topic_log import TopicLog
from spark_job.session import build_session
from spark_job.settings import JobSettings
from spark_job.writing.files import Folder
from spark_job.writing.parquet import ParquetDataset
from spark_job.writing.sink import AggregateSink
from spark_job.writing.windows_topic import WindowsTopic

_ROCKSDB = {
    "spark.sql.streaming.stateStore.providerClass": (
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
    ),
    # It moves its files by what the job's own way to a local disk is not.
    "fs.file.impl": "org.apache.hadoop.fs.LocalFileSystem",
    "fs.file.impl.disable.cache": "true",
}


class Nobody:
    """Whom the planner tells how far it is."""

    def idle(self) -> None:
        """Take it in."""

    def waiting(self, _text: str) -> None:
        """Take it in."""

    def notice(self, _text: str) -> None:
        """Take it in."""

    def backlog(self, _found: CatchingUp | None) -> None:
        """Take it in."""

    def held_back_by(self, _found: list[HeldBack]) -> None:
        """Take it in."""


def drain(settings: JobSettings, out: Path, size: Any = None) -> tuple[list[dict], float]:
    """Drain the settings' topic to a new folder, in batches of a size (the job's own).

    Gives the progress of each batch, and when the last windows were in their topic (seconds since
    1970).
    """
    session = build_session(settings)
    for name, value in _ROCKSDB.items() if os.environ.get("STATE_STORE") == "rocksdb" else ():
        session.conf.set(name, value)
    topic = settings.kafka_topic
    checkpoint = Path(os.environ.get("CHECKPOINTS", "/tmp/checkpoints"), *out.parts[-2:])  # noqa: S108
    last_s = [0.0]

    windows_topic = WindowsTopic(settings.kafka, lambda _: None, Event())

    def send(rows: pa.Table) -> None:
        windows_topic.send(rows)
        last_s[0] = time.time()

    dataset = ParquetDataset(Folder(out))
    of_batch = partial(commit_of, checkpoint, "drain")
    sink = AggregateSink(dataset, of_batch, lambda _rows, _files: None, send=send)
    log = TopicLog(settings.kafka, topic, settings.max_future_skew)
    planner = Planner(topic, log, {}, timing_of(settings), Nobody())
    if size is not None:
        planner._batch_size = size  # noqa: SLF001 - the job has one way only
    listener = Listener(partial(teach, planner))
    session.streams.addListener(listener)
    query = start_query(session, settings, checkpoint, planner, sink)
    query.processAllAvailable()
    batches = list(query.recentProgress)
    query.stop()
    session.streams.removeListener(listener)
    return batches, last_s[0]


def main() -> None:
    """Drain."""
    topic, records, drains, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    settings = load(JobSettings).model_copy(update={"kafka_topic": topic})
    report = Drains(f"the job, Spark {pyspark.__version__}")
    for number in range(1, drains + 1):
        report.begin()
        batches, last_s = drain(settings, out / str(number))
        for progress in batches:
            print(json.dumps(progress["durationMs"]), file=sys.stderr)  # noqa: T201
        report.end(records, last_s)


if __name__ == "__main__":
    main()
