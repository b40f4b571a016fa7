"""From the bytes of a record to checked columns: `contracts.check`, in Python, over Arrow."""

from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name that everybody knows it by
from pyspark.sql.types import DoubleType, StringType, StructField, StructType, TimestampType

from contracts.check import MAX_BYTES, Refusal, Verdict, check
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
_LARGEST = MAX_BYTES + 4  # too large whichever character the cut falls into

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

    return _bounded(records).mapInArrow(run, CHECKED)


def _bounded(records: DataFrame) -> DataFrame:
    """Cut what is too large anyway, and keep its size.

    An Arrow batch is bounded by its rows alone; of records of 1 MB it would not fit the memory.
    """
    return records.withColumns(
        {"size": F.octet_length("value"), "value": F.substring("value", 1, _LARGEST)}
    )


def check_batch(
    batch: pa.RecordBatch, topic: str, max_future_skew: timedelta, refuse: Refuse
) -> pa.RecordBatch:
    """Check one Arrow batch, row by row and in order; see `decode`."""
    timestamps_us = batch.column("timestamp").cast(pa.int64()).to_pylist()
    rows: list[_Row] = []
    last: deque[tuple[int, str]] = deque(maxlen=MAX_SAMPLES)
    for index, (value, timestamp_us) in enumerate(zip(_values(batch), timestamps_us, strict=True)):
        verdict = check(value, timestamp_us // 1000, max_future_skew)
        rows.append(_row(verdict))
        if isinstance(verdict, Refusal):
            record = _record(verdict, value, batch.slice(index, 1), topic)
            refuse(record)
            last.append((index, _sample(record)))
    samples: list[str | None] = [None] * len(rows)
    for index, sample in last:
        samples[index] = sample
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


def _values(batch: pa.RecordBatch) -> Iterator[bytes | None]:
    values, sizes = batch.column("value").to_pylist(), batch.column("size").to_pylist()
    for value, size in zip(values, sizes, strict=True):
        yield value if value is None or len(value) == size else _padded(value, size)


def _padded(value: bytes, size: int) -> bytes:
    """Give a value that was cut its size back; a character that the cut fell into is left out."""
    decoder = getincrementaldecoder("utf-8")()
    try:
        decoder.decode(value)
    except UnicodeDecodeError:
        return value.ljust(size)
    unfinished, _ = decoder.getstate()
    return value.removesuffix(unfinished).ljust(size)


def _record(
    refusal: Refusal, value: bytes | None, row: pa.RecordBatch, topic: str
) -> RefusedRecord:
    return refused_record(
        refusal,
        value,
        topic=topic,
        partition=row["partition"][0].as_py(),
        offset=row["offset"][0].as_py(),
        kafka_timestamp=format_time(row["timestamp"][0].as_py()),
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
