"""Reads the windows that begin within a span of time, in order and each once."""

from bisect import bisect_right

import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrow import distinct
from contracts.reader import Span, Wanted
from gateway.history.cache import FileCache
from gateway.history.files import File
from gateway.history.query import Cursor, Query, cursor_of

_ORDER = [
    ("window_start", "descending"),
    ("window_end", "descending"),
    ("symbol", "ascending"),
    ("source", "ascending"),
]


def read_span(cache: FileCache, files: list[File], span: Span, query: Query) -> pa.Table:
    """Read what a query asks for of the windows that begin in a span.

    Raises `FileNotFoundError` where a file is gone, and `contracts.reader.DatasetError`.
    """
    within = [it for it in files if it.span.overlaps(span)]
    rows = distinct(cache.read(within, Wanted(span, _condition(query))))
    if query.length is not None:
        lengths = pc.subtract(rows["window_end"], rows["window_start"])
        rows = rows.filter(pc.equal(lengths, pa.scalar(query.length, pa.duration("us"))))
    rows = rows.sort_by(_ORDER)
    return rows if query.after is None else rows.slice(_had(rows, query.after))


def _condition(query: Query) -> pc.Expression:
    condition = pc.scalar(value=True)
    for name, value in (("symbol", query.symbol), ("source", query.source)):
        if value is not None:
            condition &= pc.field(name) == value
    return condition


def _had(rows: pa.Table, last: Cursor) -> int:
    """Count the rows at the beginning that are not behind a cursor."""
    numbers = range(len(rows))
    return bisect_right(numbers, last.order, key=lambda number: cursor_of(rows, number).order)
