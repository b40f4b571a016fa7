"""Sums up the events of each symbol, source and pane, in Python over Arrow, before Spark sees them.

A pane is as long as the windows' slide, and a window's length is a multiple of it: all events of a
pane are in the same windows, and so is the one row that represents them.
"""

from collections.abc import Iterable
from datetime import timedelta

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import BinaryType, LongType, StringType, StructField, StructType
from pyspark.sql.types import TimestampType as Timestamp

from contracts.refusals import Reason
from contracts.sources import VOLUME_OF_THE_DAY
from contracts.status import RefusedSample
from contracts.times import MICROSECOND
from spark_job.windowing.sums import pack

PARTIAL = StructType(
    [
        StructField("event_time", Timestamp()),
        StructField("symbol", StringType()),
        StructField("source", StringType()),
        StructField("sums", BinaryType()),
        StructField("final_until", LongType()),
        StructField("report", StringType()),
    ]
)
"""A row that represents several records.

For quotes of one symbol, source and pane: ``event_time`` is the latest (the watermark goes by it,
and no window is taken for another), ``sums`` what `spark_job.windowing.sums.pack` makes; windows
that end at or before ``final_until``, in microseconds since 1970, were over before the batch.
For all records of a task: ``report``, a `TaskReport` in JSON, and the latest ``event_time`` of all
events, heartbeats too (1970 without one).
"""


class TaskReport(msgspec.Struct, frozen=True):
    """What a task has found in its records.

    How many were refused, by reason; some of these; and the latest event time of each partition, in
    microseconds since 1970.
    """

    refused: dict[Reason, int]
    samples: list[RefusedSample]
    reached: dict[int, int]


_SCHEMA = to_arrow_schema(PARTIAL)


def sum_up(
    events: Iterable[pa.RecordBatch], slide: timedelta, final_until_ms: int = 0
) -> pa.RecordBatch:
    """Sum up events (columns as `spark_job.checking.bulk.EVENTS`); gives `PARTIAL` columns.

    Windows that end at or before `final_until_ms`, in milliseconds since 1970, are over.
    """
    table = _by_time(pa.Table.from_batches(events))
    panes = table["event_time"].to_numpy() // (slide // MICROSECOND)
    table = table.append_column("pane", pa.array(panes)).append_column(
        "turnover", pc.multiply(table["price"], table["volume"])
    )
    found = table.group_by(["symbol", "source", "pane"], use_threads=False).aggregate(
        [
            *[("event_time", it) for it in ("first", "last")],
            *[("price", it) for it in ("first", "last", "min", "max", "count", "sum", "variance")],
            *[("volume", it) for it in ("max", "sum")],
            ("turnover", "sum"),
        ]
    )
    of_the_day = pc.is_in(found["source"], pa.array(VOLUME_OF_THE_DAY, pa.string()))
    sums = {
        "event_count": found["price_count"],
        "price_sum": found["price_sum"],
        "squares": pc.multiply(found["price_variance"], found["price_count"]),
        "min_price": found["price_min"],
        "max_price": found["price_max"],
        "open_us": found["event_time_first"],
        "open_price": found["price_first"],
        "close_us": found["event_time_last"],
        "close_price": found["price_last"],
        "volume": pc.if_else(of_the_day, found["volume_max"], found["volume_sum"]),
        "turnover": pc.if_else(of_the_day, None, found["turnover_sum"]),
    }
    return _rows(
        len(found),
        event_time=found["event_time_last"],
        symbol=found["symbol"],
        source=found["source"],
        sums=pack({name: column.to_numpy() for name, column in sums.items()}),
        final_until=pa.repeat(final_until_ms * 1000, len(found)),
    )


def reported(report: TaskReport) -> pa.RecordBatch:
    """Make the row with a report."""
    latest_us = max(report.reached.values(), default=0)
    text = msgspec.json.encode(report).decode()
    return _rows(1, event_time=pa.array([latest_us]), report=pa.array([text]))


def _by_time(table: pa.Table) -> pa.Table:
    times = table["event_time"].to_numpy()
    if (times[1:] >= times[:-1]).all():
        return table
    return table.take(np.argsort(times, kind="stable"))


def _rows(count: int, **columns: pa.ChunkedArray | pa.Array) -> pa.RecordBatch:
    """Make rows, at least one, of these columns; the others are null."""
    table = pa.table(
        [
            columns[field.name].cast(field.type)
            if field.name in columns
            else pa.nulls(count, field.type)
            for field in _SCHEMA
        ],
        schema=_SCHEMA,
    )
    return table.combine_chunks().to_batches()[0]
