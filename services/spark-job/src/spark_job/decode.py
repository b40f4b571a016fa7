"""From the bytes of a record to checked columns: `contracts.check`, in Python, over Arrow."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.types import DoubleType, StringType, StructField, StructType, TimestampType

from contracts.check import Refusal, Verdict, check
from contracts.event import Heartbeat, Quote
from contracts.refused import RefusedRecord, refused_record
from contracts.status import RefusedSample
from contracts.times import epoch_us, format_time

type Refuse = Callable[[RefusedRecord], None]
"""Takes a refused record to where refused records go."""

type OpenRefuse = Callable[[], AbstractContextManager[Refuse]]
"""Opens a `Refuse` inside the worker; when it closes, all it took has arrived, or it raises."""

CHECKED = StructType(
    [
        StructField("event_time", TimestampType()),
        StructField("symbol", StringType()),
        StructField("source", StringType()),
        StructField("price", DoubleType()),
        StructField("volume", DoubleType()),
        StructField("reason", StringType()),
        StructField("sample", StringType()),
    ]
)
"""A record after the check.

A quote has all but ``reason`` and ``sample`` (``volume`` may be null), a heartbeat ``event_time``
and ``source`` only, a refused record ``reason`` only; the last few refused of each Arrow batch come
with a ``sample``, a `contracts.status.RefusedSample` in JSON.
"""

_ARROW = pa.schema(
    {
        "event_time": pa.timestamp("us", tz="UTC"),
        "symbol": pa.string(),
        "source": pa.string(),
        "price": pa.float64(),
        "volume": pa.float64(),
        "reason": pa.string(),
        "sample": pa.string(),
    }
)

MAX_SAMPLES = 20
_SAMPLE_CHARACTERS = 200

type _Row = tuple[int | None, str | None, str | None, float | None, float | None, str | None]


def decode(
    records: DataFrame, topic: str, max_future_skew: timedelta, open_refuse: OpenRefuse
) -> DataFrame:
    """Check records (columns as in `spark_job.source`); gives columns as in `CHECKED`.

    What is refused is handed over in the worker, before its task ends: a batch is not committed
    until all its refused records have arrived, and one that is repeated hands them over again.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with open_refuse() as refuse:
            for batch in batches:
                yield check_batch(batch, topic, max_future_skew, refuse)

    return records.mapInArrow(run, CHECKED)


def check_batch(
    batch: pa.RecordBatch, topic: str, max_future_skew: timedelta, refuse: Refuse
) -> pa.RecordBatch:
    """Check one Arrow batch, row by row and in order; see `decode`."""
    values = batch.column("value").to_pylist()
    timestamps_us = batch.column("timestamp").cast(pa.int64()).to_pylist()
    rows: list[_Row] = []
    refused: dict[int, RefusedRecord] = {}
    for index, (value, timestamp_us) in enumerate(zip(values, timestamps_us, strict=True)):
        verdict = check(value, timestamp_us // 1000, max_future_skew)
        rows.append(_row(verdict))
        if isinstance(verdict, Refusal):
            refused[index] = _record(verdict, batch.slice(index, 1), topic)
            refuse(refused[index])
    samples: list[str | None] = [None] * len(rows)
    for index in list(refused)[-MAX_SAMPLES:]:
        samples[index] = _sample(refused[index])
    columns = zip(*rows, strict=True) if rows else ([] for _ in _ARROW.names[:-1])
    return pa.record_batch([*map(list, columns), samples], schema=_ARROW)


def _row(verdict: Verdict) -> _Row:
    match verdict:
        case Quote():
            time_us = epoch_us(verdict.event_time)
            return time_us, verdict.symbol, verdict.source, verdict.price, verdict.volume, None
        case Heartbeat():
            return epoch_us(verdict.event_time), None, verdict.source, None, None, None
        case Refusal():
            return None, None, None, None, None, verdict.reason


def _record(refusal: Refusal, row: pa.RecordBatch, topic: str) -> RefusedRecord:
    record = row.to_pylist()[0]
    return refused_record(
        refusal,
        record["value"],
        topic=topic,
        partition=record["partition"],
        offset=record["offset"],
        kafka_timestamp=format_time(record["timestamp"]),
    )


def _sample(record: RefusedRecord) -> str:
    payload = record.payload
    sample = RefusedSample(
        reason=record.reason,
        detail=record.detail,
        partition=record.partition,
        offset=record.offset,
        kafka_timestamp=record.kafka_timestamp,
        payload=None if payload is None else payload[:_SAMPLE_CHARACTERS],
    )
    return msgspec.json.encode(sample).decode()
