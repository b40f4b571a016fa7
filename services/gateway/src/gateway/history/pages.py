"""Reads windows of the dataset, newest first, a page at a time and never all at once."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

import pyarrow as pa

from contracts.arrow import SCHEMA
from contracts.reader import Source, Span, retry_merged
from contracts.times import EPOCH, MICROSECOND, to_us
from gateway.history.cache import FileCache
from gateway.history.files import File, Files, bytes_within
from gateway.history.query import Page, Query, cursor_before, cursor_of
from gateway.history.spans import read_span

_DAY_US = timedelta(days=1) // MICROSECOND
_FIRST_SPAN_US = timedelta(minutes=10) // MICROSECOND
_GROWTH = 4
_SHORTEST_US = timedelta(seconds=1) // MICROSECOND
_MOST_BYTES, _MOST_BYTES_OF_A_SYMBOL = 4 * 1024 * 1024, 64 * 1024 * 1024
"""So much of the files is read at once, of which a page of all symbols holds the rows."""
_LEAST = timedelta(milliseconds=1)
_QUICK_S, _SLOW_S = 0.2, 0.8


class History:
    """The windows of a dataset; its calls take a while and belong in a thread."""

    def __init__(self, source: Source, clock: Callable[[], float] = time.monotonic) -> None:
        self._files = Files(source)
        self._cache = FileCache(source)
        self._clock = clock

    def read(self, query: Query) -> Page:
        """Read one page; raises `contracts.reader.DatasetError`."""
        until_s = self._clock() + query.within_s
        return retry_merged(partial(self._read_page, query, until_s), self._files.forget)

    def oldest_first(self, query: Query) -> Iterator[pa.Table]:
        """Read all that a query with begin and end asks for, in parts of its limit, oldest first.

        Within a part rows are newest first. Raises `contracts.reader.DatasetError`.
        """
        page = self.read(query)
        if page.last is None or query.begin is None or query.end is None:
            yield page.rows
        elif query.end - query.begin > _LEAST:
            middle = query.begin + (query.end - query.begin) / 2
            yield from self.oldest_first(query._replace(end=middle))
            yield from self.oldest_first(query._replace(begin=middle))
        else:  # all of one start
            yield page.rows
            yield from self.oldest_first(query._replace(after=page.last))

    def _read_page(self, query: Query, until_s: float) -> Page:
        parts, count = [SCHEMA.empty_table()], 0
        for part, begin_us in self._spans(query):
            parts.append(part)
            count += len(part)
            if count > query.limit:
                page = pa.concat_tables(parts).slice(0, query.limit)
                return Page(page, cursor_of(page, len(page) - 1))
            if self._clock() >= until_s:
                return Page(pa.concat_tables(parts), cursor_before(begin_us))
        return Page(pa.concat_tables(parts), None)

    def _spans(self, query: Query) -> Iterator[tuple[pa.Table, int]]:
        """Read span after span, from the newest, each with its begin (microseconds).

        A span grows where little is in it and it is read fast, and is short where the files are
        full: with many symbols a page is found in seconds.
        """
        oldest_us = 0 if query.begin is None else to_us(query.begin)
        newest_us = _behind_all(query)
        span_us = _FIRST_SPAN_US
        most_bytes = _MOST_BYTES if query.symbol is None else _MOST_BYTES_OF_A_SYMBOL
        for day in self._files.days():
            day_us = _begin_us(day)
            begin_us, end_us = max(oldest_us, day_us), min(newest_us, day_us + _DAY_US)
            if begin_us >= end_us:
                continue
            files = self._files.of_day(day)
            # A day's files may begin and end hours after and before it does.
            first_us = max(begin_us, min((it.span.first_us for it in files), default=end_us))
            end_us = min(end_us, max((it.span.last_us for it in files), default=-1) + 1)
            while first_us < end_us:
                lower_us = max(first_us, end_us - _shortened(span_us, files, end_us, most_bytes))
                asked_s = self._clock()
                rows = read_span(self._cache, files, Span(lower_us, end_us - 1), query)
                took_s = self._clock() - asked_s
                yield rows, lower_us
                if took_s > _SLOW_S:
                    span_us = max(span_us // _GROWTH, _FIRST_SPAN_US)
                elif took_s < _QUICK_S and len(rows) * _GROWTH < query.limit:
                    span_us = min(span_us * _GROWTH, _DAY_US)
                end_us = lower_us
            yield SCHEMA.empty_table(), begin_us  # to list a day takes its time, too


def _shortened(span_us: int, files: list[File], end_us: int, most_bytes: int) -> int:
    """Shorten a span until the files have no more than so much in it."""
    while span_us > _SHORTEST_US:
        if bytes_within(files, Span(end_us - span_us, end_us - 1)) <= most_bytes:
            break
        span_us = max(span_us // _GROWTH, _SHORTEST_US)
    return span_us


def _behind_all(query: Query) -> int:
    """Give the time before which all begins that is asked for (microseconds)."""
    ends_us = [_begin_us(date.max) + _DAY_US]
    if query.end is not None:
        ends_us.append(to_us(query.end))
    if query.after is not None:
        ends_us.append(query.after.start_us + 1)
    return min(ends_us)


def _begin_us(day: date) -> int:
    return (day - EPOCH.date()) // MICROSECOND
