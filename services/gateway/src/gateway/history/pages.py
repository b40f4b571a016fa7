"""Reads windows of the dataset, newest first, a page at a time and never all at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pyarrow as pa

from contracts.arrow import SCHEMA
from contracts.reader import Source, retry_merged
from contracts.times import from_us, to_us
from gateway.history.files import Files
from gateway.history.kept import Kept
from gateway.history.query import Page, Query, place_of
from gateway.history.spans import read_span

_FIRST_SPAN = timedelta(minutes=10)
_GROWTH = 4
_DAY = timedelta(days=1)


class History:
    """The windows of a dataset; its calls take a while and belong in a thread."""

    def __init__(self, source: Source) -> None:
        self._files = Files(source)
        self._kept = Kept(source)

    def read(self, query: Query) -> Page:
        """Read one page; raises `contracts.reader.DatasetError`."""
        return retry_merged(partial(self._read_page, query), self._files.forget)

    def _read_page(self, query: Query) -> Page:
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
            until = from_us(query.after.start_us + 1)
            newest = min(newest or until, until)
        span = _FIRST_SPAN
        for day in self._files.days():
            first = datetime.combine(day, time(), UTC)
            end = min(newest or first + _DAY, first + _DAY)
            begin = max(query.begin or first, first)
            if begin >= end:
                continue
            files = self._files.of_day(day)
            # A day's last files may end hours before it does.
            last_us = max((it.span.last_us for it in files), default=-1)
            end = from_us(min(to_us(end), last_us + 1))
            while begin < end:
                lower = max(begin, end - span)
                rows = read_span(self._kept, files, lower, end, query)
                yield rows
                if len(rows) * _GROWTH < query.limit:
                    span = min(span * _GROWTH, _DAY)
                end = lower
