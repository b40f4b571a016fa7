"""From partial sums to aggregates: pure functions from DataFrame to DataFrame."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name that everybody knows it by

from contracts.settings import format_duration
from contracts.sources import VOLUME_OF_THE_DAY
from contracts.times import MICROSECOND

STATE_LAYOUT = 5
"""Increased when the state's layout changes: a checkpoint with another one cannot be read."""

CHECK_METRICS = "check"
REPORTS = "reports"
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
    """Add to the query's progress what was refused, and the event times that were reached.

    As `REPORTS` each task's `spark_job.windowing.partials.TaskReport` in JSON, and as `PANES` how
    many rows stand for quotes.
    """
    # Few and simple: Spark generates code for each expression, for each task of each batch.
    reports = F.collect_list("report").alias(REPORTS)
    return partials.observe(CHECK_METRICS, reports, F.count("symbol").alias(PANES))


def aggregate(partials: DataFrame, windows: Windows) -> DataFrame:
    """Aggregate partial sums (`spark_job.windowing.partials.PARTIAL`) by window.

    Of each window that is over gives ``symbol``, ``source``, ``start`` (in microseconds since 1970)
    and ``sums``, for `spark_job.windowing.columns`. A report moves the watermark and makes no row.
    """
    delay = format_duration(windows.delay)
    quotes = partials.withWatermark("event_time", delay).where(_is_quote())
    found = _slide(quotes, windows).observe(
        WINDOW_METRICS, F.count("symbol").alias(CLOSED), F.sum("late").alias(LATE)
    )
    return found.where(F.col("symbol").isNotNull()).drop("late")


def _is_quote() -> Column:
    # It reads the time too, although that is never null here: the optimiser pushes a condition on
    # other columns below the watermark, which then no longer sees the reports.
    return F.when(F.col("symbol").isNotNull(), F.col("event_time")).isNotNull()


def _input(names: Iterable[str]) -> list[Column]:
    # The function that keeps the panes asks for the watermark, and Spark knows of one by a column
    # that is marked. By that it would leave out what is late, and not tell of how many windows:
    # hence a time that is never late.
    never = F.lit("9999-12-31").cast("timestamp").alias("never", metadata=_MARKED)
    made = {"volume_of_the_day": F.col("source").isin(*VOLUME_OF_THE_DAY), "never": never}
    return [made.get(name, F.col(name)).alias(name) for name in names]


def _slide(quotes: DataFrame, windows: Windows) -> DataFrame:
    """Add up panes to windows, by `java/src/marketdata/windows/`, which names the columns."""
    session = quotes.sparkSession
    spans_us = (span // MICROSECOND for span in (windows.length, windows.slide))
    jvm: Any = session.sparkContext._jvm  # noqa: SLF001 - the way to the project's own classes
    sliding = jvm.marketdata.windows.SlidingWindows
    names = [column.split()[0] for column in sliding.INPUT.split(",")]
    sums = quotes.select(*_input(names))
    return DataFrame(sliding.of(sums._jdf, *spans_us), session)  # noqa: SLF001
