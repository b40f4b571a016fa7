"""Puts the parts together to one query."""

from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from spark_job.checking.dead_letters import dead_letters
from spark_job.checking.decode import OpenDeadLetters, Task, decode
from spark_job.reading.source import read_topic
from spark_job.settings import JobSettings, text
from spark_job.windowing.windows import Windows, aggregate, count_refusals
from spark_job.writing.sink import AggregateSink


def aggregates(
    records: DataFrame, settings: JobSettings, open_dead_letters: OpenDeadLetters
) -> DataFrame:
    """From records (columns as `spark_job.reading.source`) to `contracts.dataset.COLUMNS`."""
    windows = Windows(settings.window_length, settings.window_slide, settings.watermark_delay)
    task = Task(settings.kafka_topic, settings.max_future_skew, settings.window_slide)
    return aggregate(count_refusals(decode(records, task, open_dead_letters)), windows)


def start_query(
    session: SparkSession,
    settings: JobSettings,
    checkpoint: Path,
    sink: AggregateSink,
    *,
    fail_on_data_loss: bool,
    most_records: int | None = None,
) -> StreamingQuery:
    """Start the query from its checkpoint; `most_records` as in `spark_job.reading.source`."""
    records = read_topic(
        session,
        settings.kafka_bootstrap_servers,
        settings.kafka_topic,
        fail_on_data_loss=fail_on_data_loss,
        most_records=most_records,
    )
    letters = partial(dead_letters, settings.kafka_bootstrap_servers, settings.kafka_topic)
    return (
        aggregates(records, settings, letters)
        .writeStream.queryName("aggregates")
        .outputMode("append")
        .option("checkpointLocation", str(checkpoint))
        .trigger(processingTime=text(settings.trigger_interval))
        .foreachBatch(sink)
        .start()
    )
