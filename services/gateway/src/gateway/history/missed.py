"""Final windows that a reader of the stream missed and that are only in the dataset by now."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

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
        minutes = {first + number * _SPAN for number in range((now - first) // _SPAN + 1)}
        symbols = subscription.symbols or ()
        [symbol] = symbols if len(symbols) == 1 else [None]
        for begin in sorted(minutes.union(begun)):
            query = Query(_MOST_ROWS, symbol=symbol, begin=begin, end=begin + _SPAN)
            async with self._room:
                rows = await self._read(query)
            wanted = (row for row in rows if subscription.wants("window", row["symbol"]))
            sent = (Sent(id_, row_message(id_, row)) for row in wanted)
            for some in batched(sent, MOST_AT_ONCE):
                yield Batch(some)

    async def _read(self, query: Query) -> list[dict[str, Any]]:
        try:
            rows = await asyncio.to_thread(oldest_first, self._history, query)
        except DatasetError as error:
            if self._told != str(error):
                _log.warning("readers miss windows of before", reason=str(error))
            self._told = str(error)
            raise
        self._told = None
        return rows


def oldest_first(history: History, query: Query) -> list[dict[str, Any]]:
    """Read rows, times as in the event; raises `contracts.reader.DatasetError`."""
    return to_rows(history.read(query).rows)[::-1]
