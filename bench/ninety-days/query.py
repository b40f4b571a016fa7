"""The job's own query over thousands of batches, without pauses: what grows beside it.

Usage: ``query.py FOLDER [BATCHES]``. Spark's own counting source stands for Kafka: each batch has
two quotes of each symbol, 5 s of event time after the last, so that 4,000 batches are five and a
half hours. Decoding, windows, sink, checkpoint and merging are the job's; merging waits for seconds
instead of minutes. Prints a line of JSON for each tenth of the batches; ends with 1 where a
figure grows that must not, a closed hour is not one file, or a window is missing or of other events
than it had.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from files import SYMBOLS, say
from pyarrow import parquet
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the name that everybody knows it by
from pyspark.sql.streaming.query import StreamingQuery

from contracts.dataset import KEY
from contracts.refusals import RefusedRecord
from contracts.settings import load
from spark_job.checking.decode import SendDeadLetter
from spark_job.maintenance.compaction import Pace
from spark_job.maintenance.disk import LocalDisk
from spark_job.maintenance.maintainer import Maintainer
from spark_job.maintenance.schedule import maintained
from spark_job.output import commit_of
from spark_job.pipeline import aggregates
from spark_job.reading.blocks import BLOCK, pack
from spark_job.session import build_session
from spark_job.settings import JobSettings
from spark_job.writing.files import Folder
from spark_job.writing.parquet import ParquetDataset
from spark_job.writing.sink import AggregateSink

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_STEP_S, _EACH = 5, 2
_WINDOW_EVENTS = _EACH * 60 // _STEP_S
_TENTHS, _LOOK_S = 10, 5.0
_PACE = Pace(settled_s=15, grace_s=15)
_MOST_GROWTH = 1.25


class Sample(NamedTuple):
    """What is seen at a look: time per batch, and what lies on the disk."""

    batch_ms: float
    state_rows: float
    checkpoint_files: float
    checkpoint_kib: float
    files: float


@contextmanager
def nothing_refused() -> Iterator[SendDeadLetter]:
    """Stand where refused records go: the source makes none, and one is a fault of this."""

    def fail(record: RefusedRecord) -> None:
        raise AssertionError(record)

    yield fail


def blocks(session: SparkSession) -> DataFrame:
    """Stream blocks of records (columns as `spark_job.reading.blocks.BLOCK`)."""
    source = (
        session.readStream.format("rate-micro-batch")
        .option("rowsPerBatch", len(SYMBOLS) * _EACH)
        .option("numPartitions", 1)
        .option("startTimestamp", int(_BEGIN.timestamp() * 1000))
        .option("advanceMillisPerBatch", _STEP_S * 1000)
        .load()
    )
    moment = F.date_format("timestamp", "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
    symbols = F.array(*map(F.lit, SYMBOLS))
    event = F.struct(
        F.lit(1).alias("schema_version"),
        F.lit("quote").alias("kind"),
        F.concat(F.lit("ninety-"), F.col("value").cast("string")).alias("event_id"),
        F.element_at(symbols, (F.col("value") % len(SYMBOLS) + 1).cast("int")).alias("symbol"),
        (F.lit(100.0) + F.col("value") % 97).alias("price"),
        F.lit(1.0).alias("volume"),
        moment.alias("event_time"),
        moment.alias("ingest_time"),
        F.lit("synthetic").alias("source"),
    )
    values = source.select(
        F.to_json(event).cast("binary").alias("value"),
        F.unix_millis("timestamp").alias("timestamp_ms"),
        F.col("value").alias("offset"),
    )
    return values.mapInArrow(as_block, BLOCK)


def as_block(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Make one block of the records of a task, which are taken in at the same time."""
    rows = [row for batch in batches for row in batch.to_pylist()]
    if rows:
        values = [row["value"] for row in rows]
        yield from pack(0, rows[0]["offset"], rows[0]["timestamp_ms"], values).to_batches()


def start(session: SparkSession, folder: Path) -> StreamingQuery:
    """Start the query as the job does, each batch right after the last."""
    checkpoint = folder / "query"
    dataset = ParquetDataset(Folder(folder / "aggregates"))
    sink = AggregateSink(dataset, partial(commit_of, checkpoint, "ninety days"), lambda *_: None)
    return (
        aggregates(
            blocks(session), load(JobSettings), nothing_refused, sink, watermark_delay=timedelta(0)
        )
        .option("checkpointLocation", str(checkpoint))
        .trigger(processingTime="0 seconds")
        .start()
    )


def run(query: StreamingQuery, folder: Path, batches: int) -> Iterator[tuple[int, Sample]]:
    """Look every few seconds; gives the batches so far and the means of a tenth of all."""
    tenth, samples, last = batches // _TENTHS, [], -1
    while last < batches - 1:
        time.sleep(_LOOK_S)
        if not query.isActive:
            raise SystemExit(str(query.exception()))
        new = [it for it in query.recentProgress if it["batchId"] > last]
        if not new:
            continue
        before, last = last, new[-1]["batchId"]
        samples.append(_sample(new, folder))
        if (last + 1) // tenth > (before + 1) // tenth:
            yield last + 1, _mean(samples)
            samples = []


def _sample(progress: list[dict[str, Any]], folder: Path) -> Sample:
    sizes = [_size(path) for path in (folder / "query").rglob("*")]
    files = sum(1 for _ in (folder / "aggregates").rglob("*.parquet"))
    spent = mean(it["durationMs"]["triggerExecution"] for it in progress)
    state = progress[-1]["stateOperators"][0]["numRowsTotal"]
    return Sample(spent, state, len(sizes), sum(sizes) / 1024, files)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # Spark has just removed it
        return 0


def _mean(samples: list[Sample]) -> Sample:
    return Sample(*(mean(values) for values in zip(*samples, strict=True)))


def growth(lines: list[Sample]) -> list[str]:
    """Say what grows from the first half, but for the tenth that warms up, to the second."""
    half = len(lines) // 2
    early, late = _mean(lines[1:half]), _mean(lines[half:])
    names = Sample._fields[:-1]  # of the open hour there is a file for each batch
    return [
        f"{name} grows from {before:.1f} to {after:.1f}"
        for name, before, after in zip(names, early, late, strict=False)
        if after > before * _MOST_GROWTH
    ]


def faults(folder: Path) -> list[str]:
    """Say what is not as it must be in what a reader finds."""
    tables = [parquet.ParquetFile(path).read() for path in folder.rglob("*.parquet")]
    lines = ["an empty file"] * sum(not len(table) for table in tables)
    found = pd.concat([table.to_pandas() for table in tables]).drop_duplicates(list(KEY))
    last = found["window_end"].max()
    seconds = int((last - pd.Timestamp(_BEGIN)).total_seconds())
    # The first event is of the first window that ends after the beginning, by a slide.
    expected = seconds // _STEP_S * len(SYMBOLS)
    if len(found) != expected:
        lines.append(f"{len(found)} windows, of {expected}")
    whole = found[found["window_start"] >= pd.Timestamp(_BEGIN)]
    wrong = int((whole["event_count"] != _WINDOW_EVENTS).sum())
    return lines + [f"{wrong} windows of other events than they had"] * bool(wrong)


def hours(folder: Path) -> list[str]:
    """Say where a closed hour is not one file; the last two may still be written or settling."""
    lasts = {path: _last(path) for path in folder.rglob("*.parquet")}
    open_from = max(lasts.values()) - timedelta(hours=2)
    parts = [path for path in lasts if not path.name.startswith("hour-")]
    closed = [path for path in parts if lasts[path] < open_from]
    return [f"{len(closed)} files of closed hours are not merged"] * bool(closed)


def _last(path: Path) -> datetime:
    starts: list[datetime] = parquet.ParquetFile(path).read(["window_start"])[0].to_pylist()
    return max(starts)


def main() -> int:
    """Run, and judge."""
    folder, batches = Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 4000
    session = build_session(load(JobSettings))
    lines = []
    with maintained(
        Maintainer(LocalDisk(folder / "aggregates"), timedelta(days=3650), _PACE), _LOOK_S
    ):
        query = start(session, folder)
        for done, it in run(query, folder, batches):
            lines.append(it)
            say(batches=done, **{name: round(value) for name, value in it._asdict().items()})
        query.stop()
    session.stop()
    aggregated = folder / "aggregates"
    found = growth(lines) + faults(aggregated) + hours(aggregated)
    say(faults=found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
