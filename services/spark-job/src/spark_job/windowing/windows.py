"""From partial sums to aggregates: pure functions from DataFrame to DataFrame."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name that everybody knows it by

from contracts.dataset import COLUMNS, PARTITION_COLUMN
from contracts.settings import format_duration
from contracts.sources import VOLUME_OF_THE_DAY
from contracts.times import MICROSECOND

STATE_LAYOUT = 4
"""Counts up when the state changes: a checkpoint of another layout cannot be read."""

CHECK_METRICS = "check"
REFUSED = "refused"
MARKS = "marks"
PANES = "panes"

WINDOW_METRICS = "windows"
CLOSED = "closed"
LATE = "late"

_MARKED = {"spark.watermarkDelayMs": 0}


class Windows(NamedTuple):
    """Sliding windows: their length, how far one begins after the other.

    `delay` is how far Spark lets its watermark lag behind the latest event of all.
    """

    length: timedelta
    slide: timedelta
    delay: timedelta


def observe(partials: DataFrame) -> DataFrame:
    """Let the query's progress tell what was refused, and the event times that were reached.

    As `REFUSED` how many records by ``reason`` (``refused``), and some of them (``sample``); as
    `MARKS` the latest event times of partitions: ``partition`` and ``reached``, in microseconds
    since 1970; and as `PANES` how many rows stand for quotes.
    """
    # Few and plain: Spark writes the code for each expression anew for each task of each batch.
    refusal = F.struct("reason", "refused", "sample")
    refused = F.collect_list(F.when(F.col("reason").isNotNull(), refusal))
    mark = F.struct("partition", F.unix_micros("event_time").alias("reached"))
    marks = F.collect_list(F.when(F.col("partition").isNotNull(), mark))
    panes = F.count("symbol").alias(PANES)
    return partials.observe(CHECK_METRICS, refused.alias(REFUSED), marks.alias(MARKS), panes)


def aggregate(partials: DataFrame, windows: Windows) -> DataFrame:
    """Aggregate partial sums (`spark_job.windowing.partials.PARTIAL`) by window.

    Gives the columns of `contracts.dataset.COLUMNS` and ``window_date``, once a window is over.
    What stands for a partition moves the watermark and makes no row; refused records do neither.
    """
    quotes = (
        partials.where(F.col("reason").isNull())
        .withWatermark("event_time", format_duration(windows.delay))
        .where(_is_quote())
    )
    found = _slide(quotes, windows).observe(
        WINDOW_METRICS, F.count("symbol").alias(CLOSED), F.sum("late").alias(LATE)
    )
    return found.where(F.col("symbol").isNotNull()).select(*_output(windows.length))


def _is_quote() -> Column:
    # It reads the time too, although that is never null here: the optimiser pushes a condition on
    # other columns below the watermark, which then no longer sees the partitions' rows.
    return F.when(F.col("symbol").isNotNull(), F.col("event_time")).isNotNull()


def _input(names: Iterable[str]) -> list[Column]:
    # The function that keeps the panes asks for the watermark, and Spark knows of one by a column
    # that is marked. By that it would leave out what is late, and not tell of how many windows:
    # hence a time that is never late.
    never = F.lit("9999-12-31").cast("timestamp").alias("never", metadata=_MARKED)
    made = {
        "volume_of_the_day": F.col("source").isin(*VOLUME_OF_THE_DAY),
        "close_time": F.unix_micros("event_time"),
        "open_time": F.unix_micros("open_time"),
        "squares_within": F.col("price_squares"),
        "final_until": F.unix_micros("final_until"),
    }
    columns = [made.get(name, F.col(name)).alias(name) for name in names if name != "never"]
    return [*columns, never]


def _slide(quotes: DataFrame, windows: Windows) -> DataFrame:
    """Add panes up to windows: in `java/src/marketdata/windows/`, which names the columns."""
    session = quotes.sparkSession
    spans_us = (span // MICROSECOND for span in (windows.length, windows.slide))
    jvm: Any = session.sparkContext._jvm  # noqa: SLF001 - the way to the project's own classes
    sliding = jvm.marketdata.windows.SlidingWindows
    names = [column.split()[0] for column in sliding.INPUT.split(",")]
    sums = quotes.select(*_input(names))
    return DataFrame(sliding.of(sums._jdf, *spans_us), session)  # noqa: SLF001


def _stddev(count: Column, mean: Column) -> Column:
    # The squares of the means, about the mean of all: what is left where prices hardly differ is
    # rounding, which may be negative, and must be nothing where they do not differ at all.
    between = F.greatest(F.lit(0.0), F.col("squares") - F.col("price_sum") * mean)
    spread = F.sqrt((F.col("squares_within") + between) / (count - 1))
    same = F.col("min_price") == F.col("max_price")
    return F.when(count > 1, F.when(same, 0.0).otherwise(spread))


def _mean(total: Column, weight: Column) -> Column:
    # That of equal prices may come out a hair beside them: it is held between the extremes.
    return F.least(F.greatest(total / weight, F.col("min_price")), F.col("max_price"))


def _vwap() -> Column:
    # A quote without a volume, or with one of 0, adds nothing to either sum, and so does not count.
    mean = _mean(F.col("turnover"), F.col("volume"))
    return F.when(F.col("turnover").isNotNull() & (F.col("volume") > 0), mean)


def _output(length: timedelta) -> list[Column]:
    count, highest = F.col("event_count"), F.col("max_price")
    mean = _mean(F.col("price_sum"), count)
    made = {
        "avg_price": mean,
        "stddev_price": _stddev(count, mean),
        "window_start": F.timestamp_micros("start"),
        "window_end": F.timestamp_micros(F.col("start") + length // MICROSECOND),
        "max_deviation_pct": 100 * (highest - mean) / mean,
        "vwap": _vwap(),
    }
    columns = [made.get(name, F.col(name)).alias(name) for name, *_ in COLUMNS]
    date = F.date_format(F.timestamp_micros("start"), "yyyy-MM-dd").alias(PARTITION_COLUMN)
    return [*columns, date]
