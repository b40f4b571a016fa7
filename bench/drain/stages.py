"""Time the job's stages, each with all before it, over one topic, warm.

Usage: ``stages.py TOPIC RECORDS ROUNDS``. Queries of the job's own parts, in its own session, that
read all in one batch; what comes out is thrown away. Prints a line of JSON for each: seconds (least
of the rounds) and microseconds of processor time a record.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pyarrow as pa
from pyspark.sql import DataFrame
from usage import cpu_s

from contracts.settings import load
from spark_job.checking.decode import SendDeadLetter, Task, check_batch, decode
from spark_job.reading.blocks import unpack
from spark_job.reading.plan import Plan, encode
from spark_job.reading.source import read_topic
from spark_job.reading.topic_log import TopicLog
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


class OneBatch:
    """Plans a batch of all that is in the topic, and no other."""

    def __init__(self, topic: str, ends: dict[int, int]) -> None:
        self._topic = topic
        self._plan = Plan(ends, dict.fromkeys(ends, 0), {}, 0)

    def first(self) -> str:
        """Begin at the start."""
        return encode(Plan({}, {}, {}, 0), self._topic)

    def next(self, after: str) -> str | None:
        """Read all."""
        return encode(self._plan, self._topic) if after == self.first() else None

    class Java:
        """What Py4J shows to the JVM."""

        implements = ("marketdata.kafka.Planner",)


def taken(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Take Arrow batches, and give nothing."""
    for batch in batches:
        batch.num_rows  # noqa: B018 - it is read
    yield from ()


def checked(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Decode and check, also what is near a record that is refused, and give nothing."""
    with nowhere() as send:
        for batch in batches:
            for row in range(len(batch)):
                check_batch(unpack(batch, row), TASK, send)
    yield from ()


STAGES: dict[str, Callable[[DataFrame], DataFrame]] = {
    "Kafka": lambda blocks: blocks,
    "and hand-over to Python": lambda blocks: blocks.mapInArrow(taken, PARTIAL),
    "and all checks": lambda blocks: blocks.mapInArrow(checked, PARTIAL),
    "and partial sums": lambda blocks: decode(blocks, TASK, nowhere),
    "and windows, and their state": lambda blocks: aggregate(
        decode(blocks, TASK, nowhere), Windows(LENGTH, SLIDE, timedelta(days=36500))
    ),
}


def main() -> None:
    """Time them."""
    topic, records, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    settings = load(JobSettings)
    session = build_session(settings)
    session.conf.set("spark.sql.streaming.noDataMicroBatches.enabled", "false")
    with TopicLog(settings.kafka, topic, SKEW) as log:
        ends = log.bounds(log.partitions()).ends
    for name, stage in STAGES.items():
        times = []
        for _ in range(rounds):
            planner = OneBatch(topic, ends)
            source = read_topic(session, settings.kafka, topic, planner)
            began_s, used_s = time.monotonic(), cpu_s()
            query = stage(source).writeStream.format("noop").trigger(once=True).start()
            query.awaitTermination()
            times.append((time.monotonic() - began_s, cpu_s() - used_s))
        took_s, cpu = min(times)
        figures = {"stage": name, "seconds": round(took_s, 2)}
        figures["cpu_us_per_record"] = round(cpu / records * 1e6, 2)
        print(json.dumps(figures), flush=True)  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
