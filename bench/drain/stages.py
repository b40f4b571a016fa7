"""Time the job's stages, each with all before it, over one topic, warm.

Usage: ``stages.py TOPIC RECORDS ROUNDS``. Batch queries of the job's own parts, in its own
session; what comes out is thrown away. Prints seconds (least of the rounds) and microseconds of
processor time a record.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pyarrow as pa
from pyspark.sql import DataFrame
from usage import cpu_s

from contracts.settings import load
from spark_job.checking import bulk
from spark_job.checking.decode import SendDeadLetter, Task, decode, lines
from spark_job.reading.source import FETCH, RECORD_COLUMNS
from spark_job.session import build_session
from spark_job.settings import JobSettings
from spark_job.windowing.partials import PARTIAL
from spark_job.windowing.windows import Windows, aggregate

SKEW, LENGTH, SLIDE = timedelta(seconds=60), timedelta(minutes=1), timedelta(seconds=5)
TASK = Task("drain", SKEW, SLIDE)


@contextmanager
def nowhere() -> Iterator[SendDeadLetter]:
    """Take what is refused nowhere."""
    yield lambda _record: None


def taken(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Take Arrow batches, and give nothing."""
    for batch in batches:
        batch.num_rows  # noqa: B018 - it is read
    yield from ()


def decoded(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Decode only."""
    for batch in batches:
        bulk.read(batch, SKEW)
    yield from ()


STAGES: dict[str, Callable[[DataFrame], DataFrame]] = {
    "Kafka": lambda records: records,
    "and hand-over to Python": lambda records: lines(records).mapInArrow(taken, PARTIAL),
    "and decoding": lambda records: lines(records).mapInArrow(decoded, PARTIAL),
    "and partial sums": lambda records: decode(records, TASK, nowhere),
    "and windows": lambda records: aggregate(
        decode(records, TASK, nowhere), Windows(LENGTH, SLIDE, timedelta(0))
    ),
}


def main() -> None:
    """Time them."""
    topic, records, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    settings = load(JobSettings)
    session = build_session(settings)
    source = (
        session.read.format("kafka")
        .option("kafka.bootstrap.servers", settings.kafka_bootstrap_servers)
        .option("subscribe", topic)
        .options(**FETCH)
        .load()
        .select(*RECORD_COLUMNS)
    )
    for name, stage in STAGES.items():
        times = []
        for _ in range(rounds):
            began_s, used_s = time.monotonic(), cpu_s()
            stage(source).write.format("noop").mode("overwrite").save()
            times.append((time.monotonic() - began_s, cpu_s() - used_s))
        took_s, cpu = min(times)
        print(  # noqa: T201 - what it is for
            f"{name:26}{took_s:7.2f} s {records / took_s:10.0f}/s {cpu / records * 1e6:6.2f} us",
            flush=True,
        )


if __name__ == "__main__":
    main()
