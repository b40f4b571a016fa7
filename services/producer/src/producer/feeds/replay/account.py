"""Accounts for every line of a file: what became of it, told and counted."""

from collections.abc import Iterable, Iterator

import structlog

from contracts.times import format_time
from producer.errors import FeedError
from producer.feeds.base import FeedStatus
from producer.feeds.replay.columns.block import BadRow
from producer.feeds.replay.rows import Counts, RowBatch, what_is
from producer.feeds.replay.values.row import Row

_MOST_LOGGED = 20

_log = structlog.get_logger()


class Account:
    """Follows a reading of the file `name`, in the outcomes of `status`.

    A bad row is told with its line, and left out; with `strict` it ends the reading.
    """

    def __init__(self, name: str, status: FeedStatus, *, strict: bool) -> None:
        self._name = name
        self._status = status
        self._strict = strict
        self._counts = Counts(0)

    def rows(self, batches: Iterable[RowBatch]) -> Iterator[list[Row]]:
        """Give the rows; raises `FeedError` after those before what ends the reading."""
        try:
            for some in batches:
                if self._strict and some.bad:
                    yield from self._rows_before(some, some.bad[0])
                self._count(some.counts)
                self._log_bad(some.bad)
                yield some.rows
        except OSError as error:
            raise FeedError(f"{self._name} cannot be read: {error}") from None
        self._close()

    def come_again(self, rows: list[Row]) -> None:
        """Take note of rows, counted as such already, that only sorting shows to come again."""
        self._status.count("repeated", len(rows))
        if self._strict:
            what, symbol, time = what_is(rows[0]), rows[0].symbol, format_time(rows[0].time)
            raise FeedError(
                f"a row cannot be used: {self._name} has {what} of {symbol} at {time} twice"
            )

    def _rows_before(self, some: RowBatch, bad: BadRow) -> Iterator[list[Row]]:
        rows = [row for row in some.rows if row.line < bad.line]
        self._count(Counts(0, rows=len(rows), bad_row=1))
        yield rows
        raise FeedError(f"a row cannot be used: {self._name}, line {bad.line}: {bad.why}")

    def _count(self, counts: Counts) -> None:
        self._counts = self._counts.plus(counts)
        for outcome, count in zip(Counts._fields[1:], counts[1:], strict=True):
            if count:
                self._status.count(outcome, count)

    def _log_bad(self, bad: list[BadRow]) -> None:
        logged = self._counts.bad_row - len(bad)
        for it in bad[: max(0, _MOST_LOGGED - logged)]:
            _log.warning("a row is left out", file=self._name, line=it.line, why=it.why)

    def _close(self) -> None:
        """Tell what became of the lines, and whether that is all of them."""
        counts = self._counts
        _log.info("the file is read", file=self._name, **counts._asdict())
        if counts.missing:
            why = f"{counts.missing} of {counts.read} lines of {self._name} are not accounted for"
            self._status.last_error = why
            _log.error("lines are not accounted for", why=why)
