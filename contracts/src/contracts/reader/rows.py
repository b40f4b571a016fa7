"""The rows of one Parquet file, and between which starts they are."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyarrow import parquet

from contracts.arrow import usable
from contracts.reader.source import ALL_TIME, Span, Wanted

_ROWS_AT_ONCE = 16_384


def opened(content: pa.NativeFile) -> parquet.ParquetFile:
    """Open a file; raises `OSError` or `pyarrow.ArrowException` where it cannot be read."""
    try:
        return parquet.ParquetFile(content)
    except UnicodeDecodeError as error:
        raise pa.ArrowInvalid(f"has a column whose name is not UTF-8: {error}") from error


def read_rows(content: pa.NativeFile, schema: pa.Schema, wanted: Wanted | None = None) -> pa.Table:
    """Read windows with the columns of `schema`, those it lacks and may as nulls.

    Of what is not wanted little is in memory at a time. Raises `OSError` or
    `pyarrow.ArrowException` where it cannot.
    """
    if wanted is not None:
        return _read_wanted(content, schema, wanted)
    with opened(content) as file:
        return usable(file.read(columns=_there(file, schema), use_threads=False), schema)


def read_parts(content: pa.NativeFile, schema: pa.Schema) -> Iterator[pa.Table]:
    """Read windows with the columns of `schema`, some rows at a time; raises as `read_rows`."""
    with opened(content) as file:
        for rows in _at_a_time(file, schema, range(file.num_row_groups)):
            yield usable(rows, schema)


def _read_wanted(content: pa.NativeFile, schema: pa.Schema, wanted: Wanted) -> pa.Table:
    with opened(content) as file:
        groups = [
            number
            for number in range(file.num_row_groups)
            if _span_of(file.metadata.row_group(number)).overlaps(wanted.span)
        ]
        found = (it.filter(wanted.expression) for it in _at_a_time(file, schema, groups))
        parts = [usable(it, schema) for it in found]
    return pa.concat_tables([schema.empty_table(), *parts])


def _at_a_time(
    file: parquet.ParquetFile, schema: pa.Schema, groups: Iterable[int]
) -> Iterator[pa.Table]:
    """Read some rows of these groups at a time.

    The library holds what it has read of all groups that it is asked for at once.
    """
    some: list[int] = []
    rows = 0
    for number in (*groups, None):
        if number is not None:
            some.append(number)
            rows += file.metadata.row_group(number).num_rows
        if some and (number is None or rows >= _ROWS_AT_ONCE):
            for batch in file.iter_batches(
                _ROWS_AT_ONCE, row_groups=some, columns=_there(file, schema), use_threads=False
            ):
                yield pa.Table.from_batches([batch])
            some, rows = [], 0


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
            found = column.statistics
            low, high = found.min_raw, found.max_raw
            in_us = found.converted_type == "TIMESTAMP_MICROS"  # somebody else may write another
            if in_us and isinstance(low, int) and isinstance(high, int):
                return Span(low, high)
    return ALL_TIME
