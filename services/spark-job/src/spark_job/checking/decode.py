"""From the bytes of a record to checked columns: `contracts.check`, in Python, over Arrow."""

from codecs import getincrementaldecoder
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import NamedTuple

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name that everybody knows it by

from contracts.check import MAX_BYTES, check
from contracts.event import Event, Heartbeat, Quote
from contracts.refusals import Reason, Refusal, RefusedRecord, refused_record
from contracts.status import RefusedSample
from contracts.times import epoch_us, format_time
from spark_job.checking import bulk
from spark_job.windowing.partials import PARTIAL, refusals, sum_up

type SendDeadLetter = Callable[[RefusedRecord], None]
"""Sends a refused record to the dead-letter topic."""

type OpenDeadLetters = Callable[[], AbstractContextManager[SendDeadLetter]]
"""Opens a `SendDeadLetter` inside the worker; once closed, all has arrived, or it raises."""

MAX_SAMPLES = 20
_SAMPLE_CHARACTERS = 200
_LARGEST = MAX_BYTES + 4  # too large whichever character the cut falls into
_FEW_RECORDS = 32
_MOST_EVENTS = 100_000
"""So many are summed up at once: few enough for the memory of a worker."""


type _Row = tuple[int, str | None, str, float | None, float | None]


class Task(NamedTuple):
    """What a worker has to know: the topic, and the settings of the check and of the sums."""

    topic: str
    max_future_skew: timedelta
    slide: timedelta


def decode(records: DataFrame, task: Task, open_dead_letters: OpenDeadLetters) -> DataFrame:
    """Check records (columns as `spark_job.reading.source`) and sum them up; gives `PARTIAL`.

    What is refused is handed over in the worker, before its task ends: a batch is not committed
    until all its refused records have arrived, and one that is repeated hands them over again.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with open_dead_letters() as send:
            yield from sums(batches, task, send)

    return lines(records).mapInArrow(run, PARTIAL)


def sums(
    batches: Iterable[pa.RecordBatch], task: Task, send: SendDeadLetter
) -> Iterator[pa.RecordBatch]:
    """Check Arrow batches in their order, and sum them up; see `decode`."""
    refused = _Refusals(send)
    events: list[pa.RecordBatch] = []
    for batch in batches:
        events += check_batch(batch, task, refused.take)
        if sum(map(len, events)) >= _MOST_EVENTS:
            yield sum_up(events, task.slide)
            events = []
    if any(map(len, events)):
        yield sum_up(events, task.slide)
    if refused.counts:
        yield refusals(refused.counts, refused.samples())


class _Refusals:
    """Hands refused records on, counts them, and keeps the last as samples."""

    def __init__(self, send: SendDeadLetter) -> None:
        self._send = send
        self._last: deque[RefusedRecord] = deque(maxlen=MAX_SAMPLES)
        self.counts: Counter[Reason] = Counter()

    def take(self, record: RefusedRecord) -> None:
        self._send(record)
        self._last.append(record)
        self.counts[record.reason] += 1

    def samples(self) -> dict[str, Reason]:
        return {_sample(record): record.reason for record in self._last}


def lines(records: DataFrame) -> DataFrame:
    """Make a line of each value: ``line`` and the value's ``size`` take its place.

    What is too large anyway is cut: an Arrow batch is bounded by its rows alone, and of records of
    1 MB it would not fit the memory. Lines that lie one after the other are read as one text.
    """
    line = F.concat(F.substring("value", 1, _LARGEST), F.lit(bytearray(b"\n")))
    size = F.octet_length("value")
    return records.select(
        line.alias("line"), size.alias("size"), "timestamp", "partition", "offset"
    )


def check_batch(batch: pa.RecordBatch, task: Task, send: SendDeadLetter) -> list[pa.RecordBatch]:
    """Check one Arrow batch; gives its events in their order, columns as in `bulk.EVENTS`."""
    if (events := bulk.read(batch, task.max_future_skew)) is not None:
        return [events]
    count = len(batch)
    if count <= _FEW_RECORDS:
        return [_one_by_one(batch, task, send)]
    halves = batch.slice(0, count // 2), batch.slice(count // 2)
    return [part for half in halves for part in check_batch(half, task, send)]


def _one_by_one(batch: pa.RecordBatch, task: Task, send: SendDeadLetter) -> pa.RecordBatch:
    timestamps_us = batch.column("timestamp").cast(pa.int64()).to_pylist()
    rows: list[_Row] = []
    for index, (value, timestamp_us) in enumerate(zip(_values(batch), timestamps_us, strict=True)):
        verdict = check(value, timestamp_us // 1000, task.max_future_skew)
        if isinstance(verdict, Refusal):
            send(_record(verdict, value, batch.slice(index, 1), task.topic))
        else:
            rows.append(_row(verdict))
    columns = map(list, zip(*rows, strict=True)) if rows else ([] for _ in bulk.EVENTS)
    return pa.record_batch([*columns], schema=bulk.EVENTS)


def _row(event: Event) -> _Row:
    time_us = epoch_us(event.event_time)
    match event:
        case Quote():
            return time_us, event.symbol, event.source, event.price, event.volume
        case Heartbeat():
            return time_us, None, event.source, None, None


def _values(batch: pa.RecordBatch) -> Iterator[bytes | None]:
    for line, size in zip(*(batch.column(it).to_pylist() for it in ("line", "size")), strict=True):
        if line is None:
            yield None
        else:
            value = line[:-1]
            yield value if len(value) == size else _padded(value, size)


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
