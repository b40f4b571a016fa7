"""Sums up the events of each symbol, source and pane, in Python over Arrow, before Spark sees them.

A pane is as long as the windows' slide, and a window's length is a multiple of it: all events of a
pane lie in the same windows, and so does the one row that stands for them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.types import (
    DataType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)
from pyspark.sql.types import TimestampType as Timestamp

from contracts.refusals import Reason
from contracts.sources import VOLUME_OF_THE_DAY
from contracts.times import MICROSECOND

PARTIAL = StructType(
    [
        StructField("event_time", Timestamp()),
        StructField("symbol", StringType()),
        StructField("source", StringType()),
        StructField("open_time", Timestamp()),
        StructField("open_price", DoubleType()),
        StructField("close_price", DoubleType()),
        StructField("min_price", DoubleType()),
        StructField("max_price", DoubleType()),
        StructField("price_count", LongType()),
        StructField("price_sum", DoubleType()),
        StructField("price_squares", DoubleType()),
        StructField("volume", DoubleType()),
        StructField("turnover", DoubleType()),
        StructField("reason", StringType()),
        StructField("refused", LongType()),
        StructField("sample", StringType()),
        StructField("partition", IntegerType()),
        StructField("final_until", Timestamp()),
    ]
)
"""What stands for several records.

For quotes of one symbol, source and pane: ``event_time`` is the latest (the watermark goes by it,
and no window is taken for another), ``close_price`` its price, ``open_time`` and ``open_price``
those of the earliest, ``price_squares`` the sum of the squares of the differences from their mean,
``volume`` the sum (of a volume of the day the maximum; null if none had one), ``turnover`` the sum
of price times volume (null for a volume of the day, and if none had a volume); windows that end at
or before ``final_until`` were over before the batch. For all events
of a ``partition``, heartbeats too: the latest ``event_time``. For refused records, ``reason`` and
how many (``refused``), or ``reason`` and a ``sample``: a `contracts.status.RefusedSample` in JSON.
"""

_ARROW_TYPES: dict[DataType, pa.DataType] = {
    Timestamp(): pa.timestamp("us", "UTC"),
    StringType(): pa.string(),
    DoubleType(): pa.float64(),
    LongType(): pa.int64(),
    IntegerType(): pa.int32(),
}
_SCHEMA = pa.schema([(field.name, _ARROW_TYPES[field.dataType]) for field in PARTIAL])


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
    return _rows(
        len(found),
        event_time=found["event_time_last"],
        symbol=found["symbol"],
        source=found["source"],
        open_time=found["event_time_first"],
        open_price=found["price_first"],
        close_price=found["price_last"],
        min_price=found["price_min"],
        max_price=found["price_max"],
        price_count=found["price_count"],
        price_sum=found["price_sum"],
        price_squares=pc.multiply(found["price_variance"], found["price_count"]),
        volume=pc.if_else(of_the_day, found["volume_max"], found["volume_sum"]),
        turnover=pc.if_else(of_the_day, None, found["turnover_sum"]),
        final_until=pa.repeat(pa.scalar(final_until_ms, pa.timestamp("ms", "UTC")), len(found)),
    )


def refusals(counts: Counter[Reason], samples: Mapping[str, Reason]) -> pa.RecordBatch:
    """Make rows of what was refused: how many by reason, and samples with their reasons."""
    reasons = [*counts, *samples.values()]
    return _rows(
        len(reasons),
        reason=pa.array(reasons, pa.string()),
        refused=pa.array([*counts.values(), *[0] * len(samples)], pa.int64()),
        sample=pa.array([*[None] * len(counts), *samples], pa.string()),
    )


def marks(reached: Mapping[int, int]) -> pa.RecordBatch:
    """Make rows of the latest event time of each partition, in microseconds since 1970."""
    return _rows(
        len(reached),
        event_time=pa.array(reached.values(), pa.int64()),
        partition=pa.array(reached.keys(), pa.int32()),
    )


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
