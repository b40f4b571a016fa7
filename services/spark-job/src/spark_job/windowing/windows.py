"""From partial sums to aggregates: pure functions from DataFrame to DataFrame."""

from datetime import timedelta
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name that everybody knows it by

from contracts.dataset import COLUMNS, PARTITION_COLUMN
from contracts.refusals import Reason
from contracts.sources import VOLUME_OF_THE_DAY
from spark_job.settings import text

STATE_LAYOUT = 3
"""Counts up when the aggregates change: a checkpoint of another layout cannot be read."""

CHECK_METRICS = "check"
SAMPLES = "samples"
MARKS = "marks"


class Windows(NamedTuple):
    """Sliding windows: their length, how far one begins after the other.

    `delay` is how far Spark lets its watermark lag behind the latest event of all.
    """

    length: timedelta
    slide: timedelta
    delay: timedelta


def observe(partials: DataFrame) -> DataFrame:
    """Let the query's progress tell what was refused, and the event times that were reached.

    Refused records by reason, as `SAMPLES` some of them, and as `MARKS` the latest event times of
    partitions: ``partition`` and ``reached``, in microseconds since 1970.
    """
    counts = [
        F.sum(F.when(F.col("reason") == reason, F.col("refused"))).alias(reason)
        for reason in Reason
    ]
    mark = F.struct("partition", F.unix_micros("event_time").alias("reached"))
    marks = F.collect_list(F.when(F.col("partition").isNotNull(), mark))
    samples = F.collect_list("sample")
    return partials.observe(CHECK_METRICS, *counts, samples.alias(SAMPLES), marks.alias(MARKS))


def aggregate(partials: DataFrame, windows: Windows) -> DataFrame:
    """Aggregate partial sums (`spark_job.windowing.partials.PARTIAL`) by window.

    Gives the columns of `contracts.dataset.COLUMNS` and ``window_date``, once a window is over.
    What stands for a partition moves the watermark and makes no row; refused records do neither.
    """
    window = F.window("event_time", text(windows.length), text(windows.slide))
    return (
        partials.where(F.col("reason").isNull())
        .withWatermark("event_time", text(windows.delay))
        .where(_is_quote())
        .groupBy("symbol", "source", window.alias("window"))
        .agg(*_sums())
        .select(*_output())
    )


def _is_quote() -> Column:
    # It reads the time too, although that is never null here: the optimiser pushes a condition on
    # other columns below the watermark, which then no longer sees the partitions' rows.
    return F.when(F.col("symbol").isNotNull(), F.col("event_time")).isNotNull()


def _sums() -> list[Column]:
    of_the_day = F.col("source").isin(*VOLUME_OF_THE_DAY)
    volume = F.when(of_the_day, F.max("volume")).otherwise(F.sum("volume"))
    return [
        F.sum("price_sum").alias("price_sum"),
        F.max("max_price").alias("max_price"),
        F.min("min_price").alias("min_price"),
        F.min_by("open_price", "open_time").alias("open_price"),
        F.max_by("close_price", "event_time").alias("close_price"),
        F.sum("price_squares").alias("squares_within"),
        F.sum(F.col("price_sum") * F.col("price_sum") / F.col("price_count")).alias("squares"),
        volume.alias("volume"),
        F.sum("turnover").alias("turnover"),
        F.sum("price_count").alias("event_count"),
    ]


def _stddev(count: Column, mean: Column) -> Column:
    # The squares of the means, about the mean of all: what is left where prices hardly differ is
    # rounding, which may be negative, and must be nothing where they do not differ at all.
    between = F.greatest(F.lit(0.0), F.col("squares") - F.col("price_sum") * mean)
    spread = F.sqrt((F.col("squares_within") + between) / (count - 1))
    same = F.col("min_price") == F.col("max_price")
    return F.when(count > 1, F.when(same, 0.0).otherwise(spread))


def _vwap() -> Column:
    # A quote without a volume, or with one of 0, adds nothing to either sum, and so does not count.
    # The mean of equal prices may come out a hair beside them: it is held between the extremes.
    mean = F.col("turnover") / F.col("volume")
    held = F.least(F.greatest(mean, F.col("min_price")), F.col("max_price"))
    return F.when(F.col("turnover").isNotNull() & (F.col("volume") > 0), held)


def _output() -> list[Column]:
    count, highest = F.col("event_count"), F.col("max_price")
    mean = F.col("price_sum") / count
    made = {
        "avg_price": mean,
        "stddev_price": _stddev(count, mean),
        "window_start": F.col("window.start"),
        "window_end": F.col("window.end"),
        # A mean of equal prices may come out a hair above them.
        "max_deviation_pct": F.greatest(F.lit(0.0), 100 * (highest - mean) / mean),
        "vwap": _vwap(),
    }
    columns = [made.get(name, F.col(name)).alias(name) for name, *_ in COLUMNS]
    date = F.date_format("window.start", "yyyy-MM-dd").alias(PARTITION_COLUMN)
    return [*columns, date]
