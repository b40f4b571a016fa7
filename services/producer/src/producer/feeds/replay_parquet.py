"""Reads recorded prices from Parquet, in bounded memory."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from producer.errors import InputError
from producer.feeds.replay_rows import COLUMNS, Values
from producer.feeds.replay_text import Lines, require

_ROWS = 4096
_BUFFER_BYTES = 256 * 1024


def lines(path: Path) -> Lines:
    """Give each row with its number, from 1; raises `InputError`, and `OSError` on the way."""
    try:
        file = parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"REPLAY_FILE: {path} is no Parquet file: {error}") from None
    names = file.schema_arrow.names
    require(names, path)
    columns = [name for name in COLUMNS if name in names]
    try:
        batches = file.iter_batches(batch_size=_ROWS, columns=columns)
        rows = (row for batch in batches for row in _rows(batch))
        yield from enumerate(rows, start=1)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise OSError(f"{path}: {error}") from None


def _rows(batch: pa.RecordBatch) -> Iterator[Values]:
    columns = {name: _values(batch.column(name)) for name in batch.schema.names}
    missing = [None] * len(batch)
    return zip(*(columns.get(name, missing) for name in COLUMNS), strict=True)


def _values(column: pa.Array) -> list[object]:
    if pa.types.is_timestamp(column.type):
        # To UTC, which goes without saying; nanoseconds, which Python's times do not have, are cut.
        column = column.cast(pa.timestamp("us"), safe=False)
    values: list[object] = column.to_pylist()
    return values
