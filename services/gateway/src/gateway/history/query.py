"""What is asked of the dataset, and what comes: pages of windows, newest first."""

from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

import pyarrow as pa
from msgspec import Meta

type Moment = Annotated[int, Meta(ge=0, lt=253_402_300_799_000_000)]
"""Microseconds since 1970, before the last second of the year 9999."""


class Place(NamedTuple):
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


def place_of(rows: pa.Table, number: int) -> Place:
    """Give the place of a row."""
    row = rows.slice(number, 1)
    start, end = (row[name].cast(pa.int64())[0].as_py() for name in ("window_start", "window_end"))
    return Place(start, end, row["symbol"][0].as_py(), row["source"][0].as_py())
