"""Windows as JSON, CSV and Arrow."""

import io
from typing import Any

import msgspec
import pyarrow as pa
from pyarrow import csv, ipc

from contracts.arrow import time_texts

_TIMES = ("window_start", "window_end")


def to_json(rows: pa.Table, next_page: str | None) -> bytes:
    """Write rows as ``{"windows": [...], "next": ...}``; times as in the event."""
    return msgspec.json.encode({"windows": to_rows(rows), "next": next_page})


def to_rows(rows: pa.Table) -> list[dict[str, Any]]:
    """Give rows as dictionaries; times as in the event."""
    found: list[dict[str, Any]] = _with_texts(rows).to_pylist()
    return found


def to_csv(rows: pa.Table) -> bytes:
    """Write rows with a heading; a null is empty."""
    written = io.BytesIO()
    csv.write_csv(_with_texts(rows), written, csv.WriteOptions(quoting_style="needed"))
    return written.getvalue()


def to_arrow(rows: pa.Table) -> bytes:
    """Write rows as a stream of Arrow's IPC format."""
    written = io.BytesIO()
    with ipc.new_stream(written, rows.schema) as stream:
        stream.write_table(rows)
    return written.getvalue()


def _with_texts(rows: pa.Table) -> pa.Table:
    for name in _TIMES:
        number = rows.schema.get_field_index(name)
        rows = rows.set_column(number, name, time_texts(rows[name]))
    return rows
