"""Blocks of records: how they come from the source, many in a row, and how Python reads them.

`java/src/marketdata/kafka/Block.java` makes them. A row for each record would be the largest cost
on the way from the JVM to Python.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

BLOCK = (
    "partition int, offsets binary, timestamps binary, sizes binary, lines binary,"
    " final_until bigint"
)
"""The records of one partition, in their order.

``offsets`` and ``timestamps`` (Kafka's, in milliseconds since 1970) have 8 bytes for each record,
``sizes`` (of the value in bytes, -1 for a tombstone) 4, little-endian; ``lines`` are the values,
each followed by a line feed, and cut at `LONGEST` bytes. Windows that end at or before
``final_until``, in milliseconds since 1970, were over before the batch.
"""

LONGEST = (64 << 10) + 4
"""Longer values are refused for their size, wherever the cut is."""

RECORDS = pa.schema(
    {
        "line": pa.binary(),
        "size": pa.int32(),
        "timestamp": pa.timestamp("ms", "UTC"),
        "partition": pa.int32(),
        "offset": pa.int64(),
        "final_until": pa.timestamp("ms", "UTC"),
    }
)
"""``line`` is a value, cut, and a line feed, null for a tombstone; ``size`` that of the value."""


def unpack(batch: pa.RecordBatch, row: int) -> pa.RecordBatch:
    """Read a block, without an object for each record; gives `RECORDS`."""
    offsets, timestamps, sizes, lines = (
        batch.column(name)[row].as_buffer() for name in ("offsets", "timestamps", "sizes", "lines")
    )
    size = np.frombuffer(sizes, "<i4")
    count = len(size)
    tombstone = size < 0
    ends = np.zeros(count + 1, np.int32)
    np.cumsum(np.where(tombstone, 0, np.minimum(size, LONGEST) + 1), out=ends[1:])
    present = pa.array(~tombstone).buffers()[1] if tombstone.any() else None
    return pa.record_batch(
        [
            pa.Array.from_buffers(pa.binary(), count, [present, pa.py_buffer(ends), lines]),
            pa.Array.from_buffers(pa.int32(), count, [None, sizes]),
            pa.Array.from_buffers(RECORDS.field("timestamp").type, count, [None, timestamps]),
            pa.array(np.full(count, batch.column("partition")[row].as_py(), np.int32)),
            pa.Array.from_buffers(pa.int64(), count, [None, offsets]),
            pa.array(np.full(count, batch.column("final_until")[row].as_py(), "M8[ms]")),
        ],
        schema=RECORDS,
    )


def pack(
    partition: int,
    first_offset: int,
    timestamp_ms: int,
    values: Sequence[bytes | None],
    final_until_ms: int = 0,
) -> pa.Table:
    """Make one block, as the source does, of records that were taken in at the same time."""
    count = len(values)
    lines = [b"" if value is None else value[:LONGEST] + b"\n" for value in values]
    return pa.table(
        {
            "partition": pa.array([partition], pa.int32()),
            "offsets": [np.arange(first_offset, first_offset + count, dtype="<i8").tobytes()],
            "timestamps": [np.full(count, timestamp_ms, "<i8").tobytes()],
            "sizes": [
                np.array([-1 if value is None else len(value) for value in values], "<i4").tobytes()
            ],
            "lines": [b"".join(lines)],
            "final_until": pa.array([final_until_ms], pa.int64()),
        }
    )
