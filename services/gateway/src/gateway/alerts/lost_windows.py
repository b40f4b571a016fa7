"""Windows that were lost with their topic: the rules evaluate them from the dataset."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import batched

import msgspec
import pyarrow as pa
import structlog

from contracts.clock import Clock
from contracts.reader import DatasetError
from contracts.times import to_us
from contracts.window import SCHEMA_VERSION, Window, window_us
from gateway.alerts.alerting import Alerting
from gateway.alerts.progress import AT_MOST_BACK
from gateway.following.listener import FinalWindow
from gateway.history.begun import MINUTE, begun
from gateway.history.formats import to_rows
from gateway.history.pages import History
from gateway.history.query import Query

_MOST_ROWS = 20_000
_MOST_AT_ONCE = 2000

_log = structlog.get_logger()


class LostWindows:
    """Gives the rules what they have not seen of a topic that is another now.

    `length` is that of the windows. What the rules have looked at already they know by its end.
    """

    def __init__(
        self, history: History, alerting: Alerting, length: timedelta, clock: Clock
    ) -> None:
        self._history = history
        self._alerting = alerting
        self._length = length
        self._clock = clock

    async def look(self, topic_id: str) -> None:
        """Look before the topic with this id is read; without the dataset, say so."""
        if not self._alerting.progress.is_another("windows", topic_id):
            return
        now = self._clock.now()
        since = now - AT_MOST_BACK
        try:
            for begin in begun(since, now, self._length):
                parts = self._parts(begin, since)
                while (part := await asyncio.to_thread(next, parts, None)) is not None:
                    for some in batched(part, _MOST_AT_ONCE):
                        self._alerting.on_lost_windows(some)
                        await asyncio.sleep(0)
        except DatasetError as error:
            _log.warning("the rules cannot evaluate earlier windows", reason=str(error))
            self._alerting.tell_once(
                "final windows that the rules have not evaluated were lost with their topic, and"
                f" the dataset cannot be read: {error}"
            )

    def _parts(self, begin: datetime, since: datetime) -> Iterator[list[FinalWindow]]:
        since_ms = to_us(since) // 1000
        query = Query(_MOST_ROWS, begin=begin, end=begin + MINUTE)
        for rows in self._history.oldest_first(query):
            yield [it for it in _windows(rows) if it.broker_ms > since_ms]


def _windows(rows: pa.Table) -> Iterator[FinalWindow]:
    """Give windows, oldest first, as if the broker had received each when it ended."""
    for row in reversed(to_rows(rows)):
        try:
            window = msgspec.convert({"schema_version": SCHEMA_VERSION, **row}, Window)
        except msgspec.ValidationError:
            continue
        _, end_us = window_us(window)
        yield FinalWindow(0, 0, end_us // 1000, window)
