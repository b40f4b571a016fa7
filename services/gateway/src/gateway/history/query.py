"""Reads windows of the dataset, newest first, a page at a time and never all at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from contracts.arrow import SCHEMA, conform
from contracts.dataset import KEY
from gateway.history.files import File, Files

_FIRST_SPAN = timedelta(minutes=10)
_GROWTH = 4
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ORDER = [
    ("window_start", "descending"),
    ("window_end", "descending"),
    ("symbol", "ascending"),
    ("source", "ascending"),
]


class Place(NamedTuple):
    """A row's place in the order: newest first, then by end, symbol and source."""

    start_us: int
    end_us: int
    symbol: str
    source: str

    @property
    def order(self) -> tuple[int, int, str, str]:
        """What comes first is smaller."""
        return -self.start_us, -self.end_us, self.symbol, self.source


class Query(NamedTuple):
    """What is asked: windows that begin from `begin` to before `end`, the first `limit` of them.

    `after` is the place of the last row that the reader has.
    """

    limit: int
    symbol: str | None = None
    source: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    length: timedelta | None = None
    after: Place | None = None


class Page(NamedTuple):
    """Rows as `contracts.arrow.SCHEMA`, and the place of the last, None where there are no more."""

    rows: pa.Table
    last: Place | None


class History:
    """The windows of a folder of files; its calls take a while and belong in a thread."""

    def __init__(self, directory: Path) -> None:
        self._files = Files(directory)

    def read(self, query: Query) -> Page:
        """Read one page."""
        parts: list[pa.Table] = []
        count = 0
        for part in self._spans(query):
            parts.append(part)
            count += len(part)
            if count > query.limit:
                break
        rows = pa.concat_tables(parts) if parts else SCHEMA.empty_table()
        page = rows.slice(0, query.limit)
        more = len(rows) > query.limit
        return Page(page, place_of(page, len(page) - 1) if more else None)

    def _spans(self, query: Query) -> Iterator[pa.Table]:
        """Read span after span, from the newest; a span grows where little is in it."""
        newest = query.end
        if query.after is not None:
            until = _EPOCH + (query.after.start_us + 1) * _MICROSECOND
            newest = min(newest or until, until)
        span = _FIRST_SPAN
        for day in self._files.days():
            first = datetime.combine(day, time(), UTC)
            end = min(newest or first + _DAY, first + _DAY)
            begin = max(query.begin or first, first)
            if begin >= end:
                continue
            files = list(self._files.of_day(day))
            if not files:
                continue
            # A day's last files may end hours before it does.
            end = min(end, _EPOCH + (max(it.last_us for it in files) + 1) * _MICROSECOND)
            while begin < end:
                lower = max(begin, end - span)
                rows = _read(files, lower, end, query)
                yield rows
                if len(rows) * _GROWTH < query.limit:
                    span = min(span * _GROWTH, _DAY)
                end = lower


def place_of(rows: pa.Table, number: int) -> Place:
    """Give the place of a row."""
    row = rows.slice(number, 1)
    start, end = (row[name].cast(pa.int64())[0].as_py() for name in ("window_start", "window_end"))
    return Place(start, end, row["symbol"][0].as_py(), row["source"][0].as_py())


def _read(files: list[File], begin: datetime, end: datetime, query: Query) -> pa.Table:
    begin_us, end_us = ((it - _EPOCH) // _MICROSECOND for it in (begin, end))
    wanted = _wanted(begin, end, query)
    tables = []
    for file in files:
        if file.first_us < end_us and file.last_us >= begin_us:
            try:
                tables.append(conform(parquet.read_table(file.path, filters=wanted)))
            except FileNotFoundError:  # merged meanwhile: the next look finds its rows
                continue
    rows = _distinct(pa.concat_tables(tables)) if tables else SCHEMA.empty_table()
    if query.length is not None:
        lengths = pc.subtract(rows["window_end"], rows["window_start"])
        rows = rows.filter(pc.equal(lengths, pa.scalar(query.length, pa.duration("us"))))
    rows = rows.sort_by(_ORDER)
    return rows if query.after is None else rows.slice(_had(rows, query.after))


def _wanted(begin: datetime, end: datetime, query: Query) -> pc.Expression:
    start = pc.field("window_start")
    wanted = (start >= pa.scalar(begin)) & (start < pa.scalar(end))
    for name, value in (("symbol", query.symbol), ("source", query.source)):
        if value is not None:
            wanted &= pc.field(name) == value
    return wanted


def _distinct(rows: pa.Table) -> pa.Table:
    """Give each row once: while files are merged, their rows are there twice."""
    numbered = rows.append_column("row", pa.array(range(len(rows)), pa.int64()))
    firsts = numbered.group_by(list(KEY), use_threads=False).aggregate([("row", "min")])
    return rows if len(firsts) == len(rows) else rows.take(firsts["row_min"])


def _had(rows: pa.Table, last: Place) -> int:
    """Count the rows at the beginning that are not behind a place."""
    count = 0
    while count < len(rows) and place_of(rows, count).order <= last.order:
        count += 1
    return count
