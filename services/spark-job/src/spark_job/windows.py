"""From checked records to aggregates: pure functions from DataFrame to DataFrame."""

from datetime import timedelta
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name that everybody knows it by

from contracts.aggregates import COLUMNS, PARTITION_COLUMN
from contracts.reasons import Reason
from spark_job.settings import text

STATE_LAYOUT = 1
"""Counts up when the aggregates change: a checkpoint of another layout cannot be read."""

CHECK_METRICS = "check"
SAMPLES = "samples"


class Windows(NamedTuple):
    """Sliding windows: their length, how far one begins after the other, how long to wait."""

    length: timedelta
    slide: timedelta
    delay: timedelta


def count_refused(checked: DataFrame) -> DataFrame:
    """Let the query's progress tell the refused records by reason, and its samples."""
    counts = [F.count(F.when(F.col("reason") == reason, 1)).alias(reason) for reason in Reason]
    return checked.observe(CHECK_METRICS, *counts, F.collect_list("sample").alias(SAMPLES))


def aggregate(checked: DataFrame, windows: Windows) -> DataFrame:
    """Aggregate quotes (columns as in `spark_job.decode.CHECKED`) by symbol, source and window.

    Gives the columns of `contracts.aggregates.COLUMNS` and ``window_date``, once a window is over.
    Heartbeats move the watermark and make no row; refused records do neither.
    """
    window = F.window("event_time", text(windows.length), text(windows.slide))
    return (
        checked.where(F.col("reason").isNull())
        .withWatermark("event_time", text(windows.delay))
        .where(_is_quote())
        .groupBy("symbol", "source", window.alias("window"))
        .agg(*_statistics())
        .select(*_output())
    )


def _is_quote() -> Column:
    # It reads the time too, although that is never null here: the optimiser pushes a condition on
    # other columns below the watermark, which then no longer sees the heartbeats.
    return F.when(F.col("price").isNotNull(), F.col("event_time")).isNotNull()


def _statistics() -> list[Column]:
    volume = F.when(F.col("source") == "alpha-vantage", F.max("volume")).otherwise(F.sum("volume"))
    return [
        F.avg("price").alias("avg_price"),
        F.max("price").alias("max_price"),
        F.min("price").alias("min_price"),
        F.min_by("price", "event_time").alias("open_price"),
        F.max_by("price", "event_time").alias("close_price"),
        F.stddev_samp("price").alias("stddev_price"),
        volume.alias("volume"),
        F.count("price").alias("event_count"),
    ]


def _output() -> list[Column]:
    mean, highest = F.col("avg_price"), F.col("max_price")
    made = {
        "window_start": F.col("window.start"),
        "window_end": F.col("window.end"),
        # A mean of equal prices may come out a hair above them.
        "max_deviation_pct": F.greatest(F.lit(0.0), 100 * (highest - mean) / mean),
    }
    columns = [made.get(name, F.col(name)).alias(name) for name, *_ in COLUMNS]
    date = F.date_format("window.start", "yyyy-MM-dd").alias(PARTITION_COLUMN)
    return [*columns, date]
