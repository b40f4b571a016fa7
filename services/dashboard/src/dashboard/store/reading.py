"""One file of aggregates to windows."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from contracts.arrow import SCHEMA, conform
from contracts.dataset import KEY
from dashboard.store.bars import Bars
from dashboard.store.windows import VALUES, from_windows

type Key = tuple[str, str]
"""A symbol and a source."""

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


def by_key(tables: list[pa.Table]) -> dict[Key, Bars]:
    """Part windows by symbol and source, each as bars of single windows."""
    rows = pa.concat_tables(tables)
    symbols = pc.dictionary_encode(rows["symbol"]).combine_chunks()
    sources = pc.dictionary_encode(rows["source"]).combine_chunks()
    names = [
        (symbol, source)
        for symbol in symbols.dictionary.to_pylist()
        for source in sources.dictionary.to_pylist()
    ]
    wide = pa.scalar(len(sources.dictionary), pa.int32())
    code = pc.add(pc.multiply(symbols.indices, wide), sources.indices)
    order = pc.sort_indices(code)
    rows, code = rows.take(order), code.take(order)
    runs = pc.run_end_encode(code)
    found, first = {}, 0
    for value, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        found[names[value]] = from_windows(rows.slice(first, end - first))
        first = end
    return found
