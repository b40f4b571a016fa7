"""One file of aggregates to windows."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from contracts.dataset import COLUMNS
from dashboard.store.bars import Bars
from dashboard.store.windows import from_windows

type Key = tuple[str, str]
"""A symbol and a source."""

LEFT_OUT = "stddev_price"
_TYPES = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "double": pa.float64(),
    "int64": pa.int64(),
}
SCHEMA = pa.schema(
    [pa.field(column.name, _TYPES[column.type]) for column in COLUMNS if column.name != LEFT_OUT]
)
"""The columns that the pages show, out of `contracts.dataset.COLUMNS`."""

_COLUMNS = list(SCHEMA.names)


def read_file(path: Path) -> pa.Table:
    """Read the windows of a file; raises `OSError` or `pyarrow.ArrowException` where it cannot."""
    with pa.OSFile(str(path)) as content, parquet.ParquetFile(content) as file:
        names = set(file.schema_arrow.names)
        if missing := [name for name in _COLUMNS if name not in names]:
            raise pa.ArrowInvalid(f"lacks the column {missing[0]}")
        return file.read(columns=_COLUMNS, use_threads=False).select(_COLUMNS).cast(SCHEMA)


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
