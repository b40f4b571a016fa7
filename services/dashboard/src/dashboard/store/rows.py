"""The dataset's own rows of a range, with all their columns."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrow import SCHEMA, distinct
from contracts.dataset import first_day
from contracts.reader import Source, retry_merged

_ORDER = ("symbol", "source", "window_end", "window_start")
_MANY_ROWS = 50_000


def read_rows(
    source: Source,
    symbols: Sequence[str],
    sources: Sequence[str],
    after: datetime,
    until: datetime,
    *,
    length: timedelta,
) -> pa.Table:
    """Read the rows whose windows end after one time and until another, each once, in order.

    Windows are of a `length`. Files that cannot be read are left out: the page names them. Raises
    `DatasetError`.
    """
    wanted = (
        pc.field("symbol").isin(pa.array(symbols, pa.string()))
        & pc.field("source").isin(pa.array(sources, pa.string()))
        & (pc.field("window_end") > after)
        & (pc.field("window_end") <= until)
    )

    def read() -> pa.Table:
        files = _files(source, first_day(after, length), until.date())
        return pa.concat_tables(
            [SCHEMA.empty_table(), *(rows.filter(wanted) for rows in _gathered(source, files))]
        )

    rows = distinct(retry_merged(read))
    return rows.sort_by([(name, "ascending") for name in _ORDER])


def _gathered(source: Source, files: Sequence[tuple[date, str]]) -> Iterator[pa.Table]:
    """Give some rows at a time, of several files: to filter each takes longer than to read it.

    Raises `FileNotFoundError` where one is gone.
    """
    parts: list[pa.Table] = []
    for day, name in files:
        try:
            for part in source.parts(day, name, SCHEMA):
                parts.append(part)
                if sum(len(it) for it in parts) > _MANY_ROWS:
                    yield pa.concat_tables(parts)
                    parts = []
        except FileNotFoundError:
            raise
        except (OSError, pa.ArrowException):
            continue
    if parts:
        yield pa.concat_tables(parts)


def _files(source: Source, first: date, last: date) -> list[tuple[date, str]]:
    days = [day for day in source.days() if first <= day <= last]
    return [(day, name) for day in days for name in source.list(day, {})]
