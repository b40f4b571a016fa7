"""What is asked of the dataset, and what comes: pages of windows, newest first."""

from datetime import datetime, timedelta
from math import inf
from typing import Annotated, NamedTuple

import pyarrow as pa
from msgspec import Meta

_MOMENTS = 253_402_300_799_000_000
type Moment = Annotated[int, Meta(ge=0, lt=_MOMENTS)]
"""Microseconds since 1970, before the last second of the year 9999."""


class Cursor(NamedTuple):
    """A row's place in the order: newest first, then by end, symbol and source."""

    start_us: Moment
    end_us: Moment
    symbol: str
    source: str

    @property
    def order(self) -> tuple[int, int, str, str]:
        """What comes first is smaller."""
        return -self.start_us, -self.end_us, self.symbol, self.source


class Query(NamedTuple):
    """What is asked: windows that begin from `begin` to before `end`, the first `limit` of them.

    `after` is the cursor of the last row that the reader has. After `within_s` seconds the page
    ends where it is.
    """

    limit: int
    symbol: str | None = None
    source: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    length: timedelta | None = None
    after: Cursor | None = None
    within_s: float = inf


class Page(NamedTuple):
    """Rows as `contracts.arrow.SCHEMA`, and the cursor behind which more may be, if any may."""

    rows: pa.Table
    last: Cursor | None


def cursor_of(rows: pa.Table, number: int) -> Cursor:
    """Give the cursor of a row."""
    row = rows.slice(number, 1)
    start, end = (row[name].cast(pa.int64())[0].as_py() for name in ("window_start", "window_end"))
    return Cursor(start, end, row["symbol"][0].as_py(), row["source"][0].as_py())


def cursor_before(start_us: int) -> Cursor | None:
    """Give the cursor behind all that begins then or later; None where nothing can be before."""
    return Cursor(start_us - 1, _MOMENTS - 1, "", "") if start_us > 0 else None
