"""Reads recorded prices from Parquet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from producer.errors import InputError
from producer.feeds.replay_file import REQUIRED, VOLUME, require

_ROWS = 4096
_BUFFER_BYTES = 256 * 1024


def lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give each row with its number, from 1; raises `InputError`, and `OSError` on the way."""
    try:
        file = parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"REPLAY_FILE: {path} is no Parquet file: {error}") from None
    names = file.schema_arrow.names
    require(names, path)
    columns = [name for name in (*REQUIRED, VOLUME) if name in names]
    try:
        batches = file.iter_batches(batch_size=_ROWS, columns=columns)
        rows = (row for batch in batches for row in _to_microseconds(batch).to_pylist())
        yield from enumerate(rows, start=1)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise OSError(f"{path}: {error}") from None


def _to_microseconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Cut nanoseconds, which Python's times do not have."""
    times = batch.column("time")
    if not pa.types.is_timestamp(times.type) or times.type.unit != "ns":
        return batch
    cut = times.cast(pa.timestamp("us", times.type.tz), safe=False)
    return batch.set_column(batch.schema.get_field_index("time"), "time", cut)
