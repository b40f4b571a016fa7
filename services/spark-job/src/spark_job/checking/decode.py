"""From the bytes of a record to checked columns: `contracts.check`, in Python, over Arrow."""

from codecs import getincrementaldecoder
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from contracts.check import check
from contracts.event import Event, Heartbeat, Quote
from contracts.refusals import Reason, Refusal, RefusedRecord, refused_record
from contracts.status import RefusedSample
from contracts.times import epoch_us, format_time, from_kafka_ms
from spark_job.checking import bulk
from spark_job.reading.blocks import unpack
from spark_job.windowing.partials import PARTIAL, TaskReport, reported, sum_up

type SendDeadLetter = Callable[[RefusedRecord], None]
"""Sends a refused record to the dead-letter topic."""

type OpenDeadLetters = Callable[[], AbstractContextManager[SendDeadLetter]]
"""Opens a `SendDeadLetter` inside the worker; closing it waits for all records, or raises."""

MAX_SAMPLES = 20
_SAMPLE_CHARACTERS = 200
_MOST_EVENTS = 100_000
"""Events that are summed up at once: few enough for the memory of a worker."""


type _Row = tuple[int, str | None, str, float | None, float | None]


class Task(NamedTuple):
    """What a worker needs: the topic, and the settings of the check and of the sums.

    Refused records before the offset `counted_until` of a partition are sent and counted already.
    """

    topic: str
    max_future_skew: timedelta
    slide: timedelta
    counted_until: Mapping[int, int] = {}


def decode(blocks: DataFrame, task: Task, open_dead_letters: OpenDeadLetters) -> DataFrame:
    """Check blocks of records (`spark_job.reading.blocks.BLOCK`) and sum them up; gives `PARTIAL`.

    What is refused is handed over in the worker, before its task ends: a batch is not committed
    until all its refused records have arrived, and one that is repeated hands them over again.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with open_dead_letters() as send:
            records = (unpack(batch, row) for batch in batches for row in range(len(batch)))
            yield from sums(records, task, send)

    return blocks.mapInArrow(run, PARTIAL)


def sums(
    blocks: Iterable[pa.RecordBatch], task: Task, send: SendDeadLetter
) -> Iterator[pa.RecordBatch]:
    """Check records (`spark_job.reading.blocks.RECORDS`) in their order, and sum them up."""
    refused = _Refusals(send, task.counted_until)
    reached: dict[int, int] = {}
    quotes: list[pa.RecordBatch] = []
    final_until_ms = 0
    for block in blocks:
        final_until_ms = block.column("final_until")[0].cast(pa.int64()).as_py()
        events = check_batch(block, task, refused.take)
        if len(events):
            partition = block.column("partition")[0].as_py()
            latest = pc.max(events.column("event_time")).as_py()
            reached[partition] = max(latest, reached.get(partition, 0))
            quotes.append(_quotes(events))
        if sum(map(len, quotes)) >= _MOST_EVENTS:
            yield sum_up(quotes, task.slide, final_until_ms)
            quotes = []
    if any(map(len, quotes)):
        yield sum_up(quotes, task.slide, final_until_ms)
    if reached or refused.counts:
        yield reported(TaskReport(refused.counts, refused.samples(), reached))


def _quotes(events: pa.RecordBatch) -> pa.RecordBatch:
    symbols = events.column("symbol")
    return events.filter(symbols.is_valid()) if symbols.null_count else events


class _Refusals:
    """Passes refused records on, counts them, and keeps the last as samples; each once."""

    def __init__(self, send: SendDeadLetter, counted_until: Mapping[int, int]) -> None:
        self._send = send
        self._counted_until = counted_until
        self._last: deque[RefusedRecord] = deque(maxlen=MAX_SAMPLES)
        self.counts: Counter[Reason] = Counter()

    def take(self, record: RefusedRecord) -> None:
        if record.offset < self._counted_until.get(record.partition, 0):
            return
        self._send(record)
        self._last.append(record)
        self.counts[record.reason] += 1

    def samples(self) -> list[RefusedSample]:
        return [_sample(record) for record in self._last]


def check_batch(batch: pa.RecordBatch, task: Task, send: SendDeadLetter) -> pa.RecordBatch:
    """Check records; gives the events in their order, columns as in `bulk.EVENTS`."""
    events, rows = bulk.read(batch, task.max_future_skew)
    if len(rows) == len(batch):
        return events
    others = np.delete(np.arange(len(batch)), rows)
    judged, valid = _one_by_one(batch.take(others), task, send)
    order = np.argsort(np.concatenate([rows, others[valid]]))
    return pa.concat_batches([events, judged]).take(order)


def _one_by_one(
    batch: pa.RecordBatch, task: Task, send: SendDeadLetter
) -> tuple[pa.RecordBatch, list[int]]:
    """Check each record by itself; gives the events, and which rows of `batch` they are."""
    lines, sizes = (batch.column(name).to_pylist() for name in ("line", "size"))
    timestamps_ms = batch.column("timestamp").cast(pa.int64()).to_pylist()
    found: dict[int, _Row] = {}
    for index, (line, size, timestamp_ms) in enumerate(
        zip(lines, sizes, timestamps_ms, strict=True)
    ):
        value = None if line is None else _padded(line[:-1], size)
        verdict = check(value, timestamp_ms, task.max_future_skew)
        if isinstance(verdict, Refusal):
            send(_record(verdict, value, batch.slice(index, 1), task.topic))
        else:
            found[index] = _row(verdict)
    columns = map(list, zip(*found.values(), strict=True)) if found else ([] for _ in bulk.EVENTS)
    return pa.record_batch([*columns], schema=bulk.EVENTS), [*found]


def _row(event: Event) -> _Row:
    time_us = epoch_us(event.event_time)
    match event:
        case Quote():
            return time_us, event.symbol, event.source, event.price, event.volume
        case Heartbeat():
            return time_us, None, event.source, None, None


def _padded(value: bytes, size: int) -> bytes:
    """Pad a cut value to its original size, without a character that was cut in two."""
    if len(value) == size:
        return value
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
        kafka_timestamp=format_time(from_kafka_ms(row["timestamp"][0].value)),
    )


def _sample(record: RefusedRecord) -> RefusedSample:
    payload = record.payload
    return RefusedSample(
        reason=record.reason,
        detail=record.detail,
        partition=record.partition,
        offset=record.offset,
        kafka_timestamp=record.kafka_timestamp,
        payload=None if payload is None else payload[:_SAMPLE_CHARACTERS],
    )
