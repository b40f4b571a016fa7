"""One file of aggregates to windows."""

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from contracts.arrow import SCHEMA, conform
from contracts.dataset import KEY
from dashboard.store.windows import VALUES

SHOWN = pa.schema([SCHEMA.field(name) for name in (*KEY, *VALUES)])
"""The columns that bars are made of, out of the dataset's."""


def read_file(path: Path, schema: pa.Schema = SHOWN) -> pa.Table:
    """Read the windows of a file with the columns of `schema`, those it lacks and may as nulls.

    Raises `OSError` or `pyarrow.ArrowException` where it cannot.
    """
    with pa.OSFile(str(path)) as content:
        return read_rows_of(content, schema)


def read_rows_of(content: pa.NativeFile, schema: pa.Schema) -> pa.Table:
    """Read the windows of a file that is open; all else as in `read_file`."""
    with parquet.ParquetFile(content) as file:
        there = [name for name in file.schema_arrow.names if name in schema.names]
        return conform(file.read(columns=there, use_threads=False), schema)
