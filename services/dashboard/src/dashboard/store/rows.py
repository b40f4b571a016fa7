"""The dataset's own rows of a range, with all their columns."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrow import SCHEMA, distinct
from contracts.reader import DatasetError, Source

_ORDER = ("symbol", "source", "window_end", "window_start")
_MANY_ROWS = 50_000
_TRIES = 5
_LONGEST = timedelta(days=1)  # that a window may begin before the day that it ends in


def read_rows(
    source: Source,
    symbols: Sequence[str],
    sources: Sequence[str],
    after: datetime,
    until: datetime,
) -> pa.Table:
    """Read the rows whose windows end after one time and until another, each once, in order.

    Files that cannot be read are left out: the page names them. Raises `DatasetError`.
    """
    for _ in range(_TRIES):
        # Where files are merged meanwhile, their rows are in one that was not listed yet.
        with suppress(FileNotFoundError):
            return _read_rows(source, symbols, sources, after, until)
    raise DatasetError("the dataset's files change too fast to be read")


def _read_rows(
    source: Source,
    symbols: Sequence[str],
    sources: Sequence[str],
    after: datetime,
    until: datetime,
) -> pa.Table:
    wanted = (
        pc.field("symbol").isin(pa.array(symbols, pa.string()))
        & pc.field("source").isin(pa.array(sources, pa.string()))
        & (pc.field("window_end") > after)
        & (pc.field("window_end") <= until)
    )
    parts = [rows.filter(wanted) for rows in _gathered(source, _files(source, after, until))]
    rows = distinct(pa.concat_tables([SCHEMA.empty_table(), *parts]))
    return rows.sort_by([(name, "ascending") for name in _ORDER])


def _gathered(source: Source, files: Sequence[tuple[date, str]]) -> Iterator[pa.Table]:
    """Give the rows of some files at a time: to filter each alone takes longer than to read it.

    Raises `FileNotFoundError` where one is gone.
    """
    parts: list[pa.Table] = []
    for day, name in files:
        try:
            parts.append(source.read(day, name, SCHEMA))
        except FileNotFoundError:
            raise
        except (OSError, pa.ArrowException):
            continue
        if sum(len(it) for it in parts) > _MANY_ROWS:
            yield pa.concat_tables(parts)
            parts = []
    if parts:
        yield pa.concat_tables(parts)


def _files(source: Source, after: datetime, until: datetime) -> list[tuple[date, str]]:
    days = [
        day
        for day in source.days()
        if after - _LONGEST <= datetime.combine(day, time.max, UTC) and day <= until.date()
    ]
    return [(day, name) for day in days for name in _names(source, day)]


def _names(source: Source, day: date) -> list[str]:
    try:
        return list(source.list(day, {}))
    except FileNotFoundError:
        return []
