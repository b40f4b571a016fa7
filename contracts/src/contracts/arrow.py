"""The dataset's columns as Arrow has them.

Needs ``pyarrow``, which a service that writes or reads the dataset depends on.
"""

from collections.abc import Iterator
from itertools import repeat

import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset import COLUMNS, KEY
from contracts.window import SCHEMA_VERSION, Window

_TYPES = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "double": pa.float64(),
    "int64": pa.int64(),
}

SCHEMA = pa.schema(
    [pa.field(column.name, _TYPES[column.type], nullable=column.nullable) for column in COLUMNS]
)
"""The columns of a file, `contracts.dataset.COLUMNS`."""


def conform(rows: pa.Table, schema: pa.Schema = SCHEMA) -> pa.Table:
    """Bring rows of an older or a newer file to `schema`, which may be a part of `SCHEMA`.

    A nullable column that is not there becomes null, columns beyond it are left out. Raises
    `pyarrow.ArrowInvalid` for another column that is missing, there twice or null in a row, and for
    values of another type.
    """
    return pa.table([_column(rows, field) for field in schema], schema=schema)


def usable(rows: pa.Table, schema: pa.Schema = SCHEMA) -> pa.Table:
    """Bring rows that somebody else may have written to `schema`, as `conform` does.

    Raises `pyarrow.ArrowInvalid` for texts that are not UTF-8, too: nothing could be made of them,
    and in a merged file they would spoil the rows of others.
    """
    found = conform(rows, schema)
    found.validate(full=True)
    return found


def distinct(rows: pa.Table) -> pa.Table:
    """Give each row once by what names it (`contracts.dataset.KEY`), of several the first.

    While files are merged, their rows are there twice. Sort the result: its order is none.
    """
    numbered = rows.append_column("row", pa.array(range(len(rows)), pa.int64()))
    firsts = numbered.group_by(list(KEY), use_threads=False).aggregate([("row", "min")])
    return rows if len(firsts) == len(rows) else rows.take(firsts["row_min"])


def windows(rows: pa.Table) -> Iterator[Window]:
    """Give rows with the columns of `SCHEMA` one by one, as they are on the topic of windows."""
    columns = [_values(rows[field.name], field.type) for field in SCHEMA]
    return map(Window, repeat(SCHEMA_VERSION, len(rows)), *columns)


def time_texts(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write times as the event has them."""
    texts = times.cast(pa.timestamp("us")).cast(pa.string())  # far faster than strftime
    return pc.binary_join_element_wise(pc.replace_substring(texts, " ", "T"), "Z", "")


def _values(column: pa.ChunkedArray, kind: pa.DataType) -> list[object]:
    if pa.types.is_timestamp(kind):
        column = time_texts(column)
    values: list[object] = column.to_pylist()
    return values


def _column(rows: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    count = rows.schema.names.count(field.name)
    if count > 1:
        raise pa.ArrowInvalid(f"has the column {field.name} {count} times")
    if count:
        found = rows[field.name].cast(field.type)
        if found.null_count and not field.nullable:
            raise pa.ArrowInvalid(f"lacks a value in the column {field.name}")
        return found
    if not field.nullable:
        raise pa.ArrowInvalid(f"lacks the column {field.name}")
    return pa.nulls(len(rows), field.type)
