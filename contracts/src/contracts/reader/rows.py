"""The rows of one Parquet file, and between which starts they are."""

import pyarrow as pa
from pyarrow import parquet

from contracts.arrow import conform
from contracts.reader.source import ALL_TIME, Span, Wanted

_ROWS_AT_ONCE = 16_384


def read_rows(content: pa.NativeFile, schema: pa.Schema, wanted: Wanted | None = None) -> pa.Table:
    """Read windows with the columns of `schema`, those it lacks and may as nulls.

    Of what is not wanted little is in memory at a time. Raises `OSError` or
    `pyarrow.ArrowException` where it cannot.
    """
    if wanted is not None:
        return _read_wanted(content, schema, wanted)
    with parquet.ParquetFile(content) as file:
        return conform(file.read(columns=_there(file, schema), use_threads=False), schema)


def _read_wanted(content: pa.NativeFile, schema: pa.Schema, wanted: Wanted) -> pa.Table:
    with parquet.ParquetFile(content) as file:
        batches = file.iter_batches(
            _ROWS_AT_ONCE,
            row_groups=[
                number
                for number in range(file.num_row_groups)
                if _span_of(file.metadata.row_group(number)).overlaps(wanted.span)
            ],
            columns=_there(file, schema),
            use_threads=False,
        )
        tables = (pa.Table.from_batches([batch]).filter(wanted.expression) for batch in batches)
        parts = [conform(it, schema) for it in tables]
    return pa.concat_tables([schema.empty_table(), *parts])


def _there(file: parquet.ParquetFile, schema: pa.Schema) -> list[str]:
    return [name for name in file.schema_arrow.names if name in schema.names]


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
