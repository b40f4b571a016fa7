"""Final windows that a reader of the stream missed and that are only in the dataset by now."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import structlog

from contracts.reader import DatasetError
from gateway.history.forms import to_rows
from gateway.history.pages import History
from gateway.history.query import Query
from gateway.live.hub import MOST_AT_ONCE
from gateway.live.messages import row_message
from gateway.live.retained import KEPT_MS
from gateway.live.sent import Batch, Sent
from gateway.live.subscription import Subscription

_log = structlog.get_logger()
_SPAN = timedelta(minutes=1)
_MOST_ROWS = 100_000
_LATE = timedelta(minutes=1)
"""How long after its end a window may be written, beyond what windows themselves take."""
_AHEAD = timedelta(minutes=10)
"""Event times may be so far ahead of the clock; a window is then over before its end."""


class Missed:
    """Reads windows of the last hour from the dataset, a minute at a time, for one reader at once.

    `length` is that of the windows: those of one time are written once it has passed.
    """

    def __init__(self, history: History, length: timedelta) -> None:
        self._history = history
        self._length = length
        self._room = asyncio.Semaphore(1)
        self._told: str | None = None

    async def since(
        self, since_ms: int, begun: Iterable[datetime], now: datetime, subscription: Subscription
    ) -> AsyncIterator[Batch]:
        """Give the windows that were written since then, oldest first, and some from before it.

        `begun` are the minutes in which windows began that are known to have been written since:
        those of a job that was away are older. The id of all is one of the time `since_ms`: a
        reader that is interrupted begins there again. Raises `contracts.reader.DatasetError`; the
        log says it once.
        """
        id_ = f"{since_ms}-d-0"
        ago_ms = min(max(0, int(now.timestamp() * 1000) - since_ms), KEPT_MS)
        first = now - timedelta(milliseconds=ago_ms) - self._length - _LATE
        first = first.replace(second=0, microsecond=0)
        last = min(now, now - self._length + _AHEAD)  # what began later is open yet
        minutes = {first + number * _SPAN for number in range((last - first) // _SPAN + 1)}
        symbols = subscription.symbols or ()
        [symbol] = symbols if len(symbols) == 1 else [None]
        for begin in sorted(minutes.union(begun)):
            query = Query(_MOST_ROWS, symbol=symbol, begin=begin, end=begin + _SPAN)
            async with self._room:
                table = await self._read(query)
            for rows in _oldest_first(table):
                wanted = (row for row in rows if subscription.wants("window", row["symbol"]))
                if some := [Sent(id_, row_message(id_, row)) for row in wanted]:
                    yield Batch(some)

    async def _read(self, query: Query) -> pa.Table:
        try:
            page = await asyncio.to_thread(self._history.read, query)
        except DatasetError as error:
            if self._told != str(error):
                _log.warning("readers miss windows of before", reason=str(error))
            self._told = str(error)
            raise
        self._told = None
        return page.rows


def _oldest_first(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    """Give rows that are in order of the newest, some at a time.

    As objects they take ten times as much as in the table, which a reader that is slow holds.
    """
    for end in range(len(table), 0, -MOST_AT_ONCE):
        begin = max(0, end - MOST_AT_ONCE)
        yield to_rows(table.slice(begin, end - begin))[::-1]
