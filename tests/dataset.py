"""The dataset of aggregates as any reader sees it: every Parquet file whose name is not hidden."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        ("symbol", pa.string()),
        ("source", pa.string()),
        ("window_start", pa.timestamp("us", tz="UTC")),
        ("window_end", pa.timestamp("us", tz="UTC")),
        ("avg_price", pa.float64()),
        ("max_price", pa.float64()),
        ("min_price", pa.float64()),
        ("open_price", pa.float64()),
        ("close_price", pa.float64()),
        ("stddev_price", pa.float64()),
        ("volume", pa.float64()),
        ("event_count", pa.int64()),
        ("max_deviation_pct", pa.float64()),
        ("vwap", pa.float64()),
    ]
)
LATER = ("vwap",)
"""The columns that files of an older version lack; they come last, and may be null."""


def files(data: Path) -> list[Path]:
    """List the files of the dataset in a data folder."""
    root = data / "aggregates"
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file()
        and not any(part.startswith(("_", ".")) for part in path.relative_to(root).parts)
    )


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        table = pq.ParquetFile(file).read()
    for name in LATER:
        if name not in table.schema.names:
            table = table.append_column(name, pa.nulls(len(table), SCHEMA.field(name).type))
    assert table.schema.names == SCHEMA.names, path
    assert table.schema.types == SCHEMA.types, path
    for name in ("window_start", "window_end"):
        micros = table[name].cast(pa.int64())
        table = table.set_column(table.schema.get_field_index(name), name, micros)
    return table.to_pylist()


def read(data: Path, skip: Collection[Path] = ()) -> list[dict[str, Any]]:
    """Read all rows; `window_start` and `window_end` are microseconds since 1970."""
    return [row for path in files(data) if path not in skip for row in _read(path)]
