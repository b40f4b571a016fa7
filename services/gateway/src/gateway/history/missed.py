"""Final windows that a reader of the stream missed and that are only in the dataset by now."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from math import inf

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from contracts.arrow import windows
from contracts.reader import DatasetError
from contracts.times import MICROSECOND, to_us
from contracts.window import Window
from gateway.history.begun import MINUTE, begun
from gateway.history.pages import History
from gateway.history.query import Page, Query
from gateway.live.hub import MOST_AT_ONCE
from gateway.live.messages import window_message
from gateway.live.retained import KEPT_MS
from gateway.live.sent import Batch, Sent
from gateway.live.subscription import Subscription

_log = structlog.get_logger()
_MINUTE_US = MINUTE // MICROSECOND
_LONGEST = timedelta(days=100)
_GROWTH = 4
_QUICK_S = 1.0
_MOST_ROWS = 5000
"""A reader that is slow holds so many at most."""
_LATE = timedelta(minutes=1)
"""How long after its end a window may be written, beyond what windows themselves take."""


class Missed:
    """Reads windows of the last hour from the dataset, some at a time, for one reader at once.

    `length` is that of the windows: those of one time are written once it has passed.
    """

    def __init__(self, history: History, length: timedelta) -> None:
        self._history = history
        self._length = length
        self._room = asyncio.Semaphore(1)
        self._told: str | None = None

    async def since(
        self, since_ms: int, came: Iterable[datetime], now: datetime, subscription: Subscription
    ) -> AsyncIterator[Batch]:
        """Give the windows that were written since then, oldest first, and some from before it.

        `came` are the minutes in which windows began that are known to have been written since:
        those of a job that was away are older. The id of all is one of the time `since_ms`: a
        reader that is interrupted begins there again. Raises `contracts.reader.DatasetError`; the
        log says it once.
        """
        id_ = f"{since_ms}-d-0"
        minutes = sorted({*self._lately(since_ms, now), *came})
        symbols = subscription.symbols or ()
        [symbol] = symbols if len(symbols) == 1 else [None]
        at, span, longest = 0, MINUTE, _LONGEST
        while at < len(minutes):
            some = minutes[at : bisect_left(minutes, minutes[at] + span, at)]
            within_s = inf if len(some) == 1 else _QUICK_S
            query = Query(_MOST_ROWS, symbol, None, some[0], some[-1] + MINUTE, within_s=within_s)
            page = await self._ask(self._history.read, query)
            if page.last is not None and len(some) > 1:  # there is much between them
                span = longest = max(span / _GROWTH, MINUTE)
                continue
            at, span = at + len(some), min(span * _GROWTH, longest)
            async for part in self._parts(page, query):
                for few in _oldest_first(_begun_in(some, part)):
                    wanted = (it for it in few if subscription.wants("window", it.symbol))
                    if found := [Sent(id_, window_message(id_, it)) for it in wanted]:
                        yield Batch(found)

    def _lately(self, since_ms: int, now: datetime) -> list[datetime]:
        """Give the minutes of windows that a job which is not behind wrote since then."""
        ago_ms = min(max(0, int(now.timestamp() * 1000) - since_ms), KEPT_MS)
        return begun(now - timedelta(milliseconds=ago_ms) - _LATE, now, self._length)

    async def _parts(self, page: Page, query: Query) -> AsyncIterator[pa.Table]:
        """Give all that a query asks for, the oldest part first, of which a page is there."""
        if page.last is None:
            yield page.rows
            return
        parts = self._history.oldest_first(query)
        while (part := await self._ask(next, parts, None)) is not None:
            yield part

    async def _ask[*A, R](self, read: Callable[[*A], R], *asked: *A) -> R:
        """Read for one reader at once, also where one goes while it is read for."""
        await self._room.acquire()
        reading = asyncio.get_running_loop().run_in_executor(None, read, *asked)
        reading.add_done_callback(lambda _: self._room.release())
        try:
            found = await asyncio.shield(reading)
        except DatasetError as error:
            if self._told != str(error):
                _log.warning("readers miss earlier windows", reason=str(error))
            self._told = str(error)
            raise
        self._told = None
        return found


def _begun_in(minutes: list[datetime], table: pa.Table) -> pa.Table:
    numbers = pa.array([to_us(it) // _MINUTE_US for it in minutes], pa.int64())
    starts_us = table["window_start"].cast(pa.int64())
    return table.filter(pc.is_in(pc.divide(starts_us, _MINUTE_US), numbers))


def _oldest_first(table: pa.Table) -> Iterator[list[Window]]:
    """Give windows that are in order of the newest, some at a time.

    As objects they take ten times as much as in the table, which a reader that is slow holds.
    """
    for end in range(len(table), 0, -MOST_AT_ONCE):
        begin = max(0, end - MOST_AT_ONCE)
        yield [*windows(table.slice(begin, end - begin))][::-1]
