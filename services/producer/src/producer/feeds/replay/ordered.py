"""The rows of a recording in order of time: as they stand, or sorted first."""

from collections.abc import Iterator

import structlog

from contracts.clock import Clock
from producer.errors import FeedError
from producer.feeds.base import FeedStatus
from producer.feeds.replay.account import Account
from producer.feeds.replay.checks.repeats import Repeats
from producer.feeds.replay.recording import Recording
from producer.feeds.replay.sorter import Sorter
from producer.feeds.replay.values.row import Row

_log = structlog.get_logger()


class OrderedRows:
    """Gives the rows of a recording in order of time; to be closed after use.

    The first time what became of each line is accounted for in `status`; with `strict` a bad row
    ends the rows there.
    """

    def __init__(
        self,
        recording: Recording,
        sorter: Sorter,
        status: FeedStatus,
        clock: Clock,
        *,
        strict: bool,
    ) -> None:
        self._recording = recording
        self._sorter = sorter
        self._status = status
        self._account = Account(recording.path.name, status, strict=strict)
        self._clock = clock
        self._sorted = False

    async def first(self, *, in_order: bool) -> Iterator[list[Row]]:
        """Give the rows, sorted where they are not in order; both raise `FeedError`."""
        rows = self._account.rows(self._recording.batches())
        return rows if in_order else await self._sort(rows)

    def again(self) -> Iterator[list[Row]]:
        """Give the rows once more; raises `FeedError` on the way."""
        return self._readable(self._sorted_rows(told=True) if self._sorted else self._in_file())

    def close(self) -> None:
        """Take away what sorting left on the disk."""
        self._sorter.end()

    async def _sort(self, rows: Iterator[list[Row]]) -> Iterator[list[Row]]:
        """Sort rows; what ended the reading of them ends the sorted ones, too."""
        _log.info("the rows are out of order: they are sorted by time first")
        ended: FeedError | None = None
        try:
            self._sorter.begin()
            try:
                for some in rows:
                    self._sorter.add(some)
                    self._status.count("sorted", len(some))
                    await self._clock.sleep(0)  # let others run
            except FeedError as error:
                ended = error
            await self._sorter.sort()
        except OSError as error:
            raise FeedError(
                f"the rows, which are out of order, cannot be sorted: {error}"
            ) from None
        self._sorted = True
        _log.info("the rows were out of order, and are sorted by time")
        return self._readable(self._sorted_rows(), ended)

    def _sorted_rows(self, *, told: bool = False) -> Iterator[list[Row]]:
        """Give the sorted rows once: those that come again stand beside each other now."""
        repeats = Repeats()
        for some in self._sorter.rows():
            again = [
                it
                for it in some
                if repeats.is_one(it.number, it.symbol, it.time, it.price, it.volume)
            ]
            lines = {it.line for it in again}
            yield [it for it in some if it.line not in lines] if again else some
            if again and not told:
                self._account.come_again(again)

    def _in_file(self) -> Iterator[list[Row]]:
        """Give the rows as they stand in the file, which must be as it was surveyed."""
        any_row = False
        if not self._recording.has_changed():
            for batch in self._recording.batches():
                any_row = any_row or bool(batch.rows)
                yield batch.rows
        if not any_row:
            raise FeedError(
                f"{self._recording.path} has changed: restart the producer to play it anew"
            )

    def _readable(
        self, rows: Iterator[list[Row]], ended: FeedError | None = None
    ) -> Iterator[list[Row]]:
        """Give rows, then raise what ended the reading of the file, if that did not go well."""
        try:
            yield from rows
        except OSError as error:
            raise FeedError(f"{self._recording.path} cannot be read: {error}") from None
        if ended:
            raise ended
