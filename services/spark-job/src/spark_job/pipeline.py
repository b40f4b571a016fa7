"""Puts the parts together to one query."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter

from spark_job.checking.dead_letters import dead_letters
from spark_job.checking.decode import OpenDeadLetters, Task, decode
from spark_job.reading.offset_log import Offsets
from spark_job.reading.planner import Planner
from spark_job.reading.source import read_topic
from spark_job.session import ARROW_ROWS, BLOCKS_OF_A_BATCH
from spark_job.settings import JobSettings
from spark_job.windowing.columns import columns
from spark_job.windowing.windows import Windows, aggregate, observe
from spark_job.writing.sink import AggregateSink

_NEVER = timedelta(days=36500)
_LOOK = "50 milliseconds"
_ROWS_AT_ONCE = 10_000


def aggregates(
    blocks: DataFrame,
    settings: JobSettings,
    open_dead_letters: OpenDeadLetters,
    sink: AggregateSink,
    *,
    watermark_delay: timedelta = _NEVER,
    counted_until: Offsets | None = None,
) -> DataStreamWriter:
    """From blocks (`spark_job.reading.blocks.BLOCK`) to the sink; the query is not started yet.

    Spark's own watermark follows the latest event of all partitions. If a planner sets the query's
    watermark, Spark's must lag so far behind that it never applies. `counted_until` as in `Task`.
    """
    windows = Windows(settings.window_length, settings.window_slide, watermark_delay)
    task = Task(
        settings.kafka_topic, settings.max_future_skew, settings.window_slide, counted_until or {}
    )

    def write(batch: DataFrame, batch_id: int) -> None:
        sink(columns(_collect(batch), settings.window_length), batch_id)

    found = aggregate(observe(decode(blocks, task, open_dead_letters)), windows)
    return found.writeStream.outputMode("append").foreachBatch(write)


def _collect(batch: DataFrame) -> pa.Table:
    """Bring a batch to the driver, without an object for each value.

    It is the only action on it: a second one would count refused records twice. One setting limits
    the rows of all of Spark's Arrow batches, and a row of the source is a block of records.
    """
    conf = batch.sparkSession.conf
    conf.set(ARROW_ROWS, _ROWS_AT_ONCE)
    try:
        batches = batch._collect_as_arrow()  # noqa: SLF001 - Spark 3.5 has no public name for it
    finally:
        conf.set(ARROW_ROWS, BLOCKS_OF_A_BATCH)
    return pa.Table.from_batches(batches, to_arrow_schema(batch.schema))


def start_query(
    session: SparkSession,
    settings: JobSettings,
    checkpoint: Path,
    planner: Planner,
    sink: AggregateSink,
    *,
    counted_until: Offsets | None = None,
) -> StreamingQuery:
    """Start the query from its checkpoint; Spark asks the planner for a batch every `_LOOK`.

    `counted_until` as in `spark_job.checking.decode.Task`.
    """
    kafka, topic = settings.kafka, settings.kafka_topic
    # A batch without records is started by the planner alone; Spark would look for a reason for
    # one with each watermark that it sees, and takes no other for the same batch.
    session.conf.set("spark.sql.streaming.noDataMicroBatches.enabled", "false")
    blocks = read_topic(session, kafka, topic, planner)
    letters = partial(dead_letters, kafka, topic)
    return (
        aggregates(blocks, settings, letters, sink, counted_until=counted_until)
        .queryName("aggregates")
        .option("checkpointLocation", str(checkpoint))
        .trigger(processingTime=_LOOK)
        .start()
    )
