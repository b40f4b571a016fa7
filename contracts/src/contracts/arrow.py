"""The dataset's columns as Arrow has them.

Needs ``pyarrow``, which a service that writes or reads the dataset depends on.
"""

import pyarrow as pa

from contracts.dataset import COLUMNS

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
    `pyarrow.ArrowInvalid` for another column that is missing or there twice, and for values of
    another type.
    """
    return pa.table([_column(rows, field) for field in schema], schema=schema)


def _column(rows: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    count = rows.schema.names.count(field.name)
    if count > 1:
        raise pa.ArrowInvalid(f"has the column {field.name} {count} times")
    if count:
        return rows[field.name].cast(field.type)
    if not field.nullable:
        raise pa.ArrowInvalid(f"lacks the column {field.name}")
    return pa.nulls(len(rows), field.type)
