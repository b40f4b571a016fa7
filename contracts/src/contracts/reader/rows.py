"""The rows of one Parquet file, and between which starts they are."""

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from contracts.arrow import conform
from contracts.reader.source import ALL_TIME, Span


def read_rows(
    content: pa.NativeFile, schema: pa.Schema, wanted: pc.Expression | None = None
) -> pa.Table:
    """Read windows with the columns of `schema`, those it lacks and may as nulls.

    With `wanted`, which may be about any column, only those for which it is true. Raises `OSError`
    or `pyarrow.ArrowException` where it cannot.
    """
    if wanted is not None:
        return conform(parquet.read_table(content, filters=wanted), schema)
    with parquet.ParquetFile(content) as file:
        there = [name for name in file.schema_arrow.names if name in schema.names]
        return conform(file.read(columns=there, use_threads=False), schema)


def span_of(metadata: parquet.FileMetaData) -> Span | None:
    """Read between which starts the windows of a file are; None where it has none."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    spans = [_span_of(group) for group in groups if group.num_rows]
    if not spans:
        return None
    return Span(min(it.first_us for it in spans), max(it.last_us for it in spans))


def _span_of(group: parquet.RowGroupMetaData) -> Span:
    for number in range(group.num_columns):
        column = group.column(number)
        if column.path_in_schema == "window_start" and column.is_stats_set:
            low, high = column.statistics.min_raw, column.statistics.max_raw
            if isinstance(low, int) and isinstance(high, int):
                return Span(low, high)
    return ALL_TIME
