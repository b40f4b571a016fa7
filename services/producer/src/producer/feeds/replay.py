"""Replays recorded prices, at their pace or another, at their times or moved to now."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, repeat

import structlog

from contracts.sources import Source
from producer.clock import Clock
from producer.errors import FeedError
from producer.feeds.base import Block, BlockFeed, FeedStatus
from producer.feeds.replay_file import RecordedPrices
from producer.feeds.replay_note import Progress, ReplayNote
from producer.feeds.replay_rows import BadRow, Row
from producer.quote import FeedQuote

_BURST = 500
_TOLD = 20

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """How to play: the factor (0: as fast as taken), whether times stay, whether to begin again."""

    speed: float
    original: bool
    repeat: bool


class ReplayFeed(BlockFeed):
    """Gives the rows of a file; see `Pace`. A bad row is told with its line.

    With `strict` it ends the feed, else it is left out. What was played to `destination` in an
    earlier run is not played again, unless it repeats.
    """

    source: Source = "replay"

    def __init__(
        self,
        file: RecordedPrices,
        pace: Pace,
        note: ReplayNote,
        destination: Callable[[], Awaitable[str]],
        clock: Clock,
        *,
        strict: bool = False,
    ) -> None:
        self.symbols = file.symbols
        self.status = FeedStatus()
        self._file = file
        self._pace = pace
        self._note = note
        self._destination = destination
        self._clock = clock
        self._strict = strict
        self._what = f"{file.digest()} {file.symbols} {pace}"
        self._of: str | None = None
        self._progress = Progress()
        self._newest: datetime | None = None
        self._error: FeedError | None = None

    @property
    def beats(self) -> bool:
        """Only once the file is over: until then its clock is the file's."""
        return self.status.state == "finished"

    def acknowledged(self, quotes: Block) -> None:
        """More rows are in the topic."""
        self._progress.rows += len(quotes)
        newest = max(quote.event_time for quote in quotes)
        if self._progress.newest is None or newest > self._progress.newest:
            self._progress.newest = newest

    def keep(self) -> None:
        """Keep how far it came."""
        if self._of and not self._pace.repeat:
            self._note.write(self._of, self._progress)

    async def blocks(self) -> AsyncIterator[Block]:
        """Give the rows, once or for ever."""
        self._of = f"{self._what} {await self._destination()}"
        if not self._pace.repeat:
            self._progress = self._note.read(self._of)
        self.newest, done = self._progress.newest, self._progress.rows
        if done:
            _log.info("the replay goes on where it was", rows=done)
        self.status.state = "live"
        while True:
            played = done
            async for block in self._play(done):
                played += len(block)
                yield block
            if not self._pace.repeat:
                return
            if not played:
                raise FeedError(f"{self._file.path} has no row left that can be used")

    async def _play(self, done: int) -> AsyncIterator[Block]:
        """Give the rows after those that are `done`, each when it is due."""
        began, began_s = self._clock.now(), self._clock.monotonic()
        first: Row | None = None
        async for rows in self._read(done):
            first = first or rows[0]
            self._count_order(rows)
            left = rows
            while left:
                await self._sleep_until(began_s + self._offset_s(first, left[0]))
                count = self._due(left, first, self._clock.monotonic() - began_s)
                yield self._quotes(left[:count], first, began)
                left = left[count:]

    async def _read(self, done: int) -> AsyncIterator[list[Row]]:
        rows = self._good()
        while some := list(islice(rows, _BURST)):
            if len(some) > done:
                yield some[done:]
            done = max(0, done - len(some))
            await self._clock.sleep(0)  # let others run
        if self._error:
            raise self._error

    def _good(self) -> Iterator[Row]:
        """Give the rows that can be used, up to what ends the feed."""
        self._newest = self._error = None
        try:
            for row in self._file.rows():
                if isinstance(row, Row):
                    yield row
                elif self._strict:
                    self.status.count("bad_row")
                    why = f"{self._file.path.name}, line {row.line}: {row.why}"
                    self._error = FeedError(f"a row cannot be used: {why}")
                    return
                else:
                    self._tell(row)
        except OSError as error:
            self._error = FeedError(f"{self._file.path} cannot be read: {error}")

    def _tell(self, row: BadRow) -> None:
        self.status.count("bad_row")
        if self.status.outcomes["bad_row"] <= _TOLD:
            _log.warning("a row is left out", file=self._file.path.name, line=row.line, why=row.why)

    def _count_order(self, rows: list[Row]) -> None:
        newest = self._newest or rows[0].time
        for row in rows:
            if row.time < newest:
                self.status.count("out_of_order")
            else:
                newest = row.time
        self._newest = newest

    def _offset_s(self, first: Row, row: Row) -> float:
        if not self._pace.speed:
            return 0.0
        return (row.time - first.time).total_seconds() / self._pace.speed

    def _due(self, rows: list[Row], first: Row, passed_s: float) -> int:
        """Give how many of the rows are due, the first at least."""
        if not self._pace.speed:
            return len(rows)
        count = 1
        while count < len(rows) and self._offset_s(first, rows[count]) <= passed_s:
            count += 1
        return count

    def _quotes(self, rows: list[Row], first: Row, began: datetime) -> Block:
        now = self._clock.now()
        return [
            FeedQuote(
                symbol=row.symbol,
                price=row.price,
                volume=row.volume,
                event_time=event_time,
                ingest_time=now,
                source="replay",
            )
            for row, event_time in zip(rows, self._times(rows, first, began, now), strict=True)
        ]

    def _times(
        self, rows: list[Row], first: Row, began: datetime, now: datetime
    ) -> Iterable[datetime]:
        if self._pace.original:
            return (row.time for row in rows)
        if not self._pace.speed:
            return repeat(now, len(rows))
        return (began + timedelta(seconds=self._offset_s(first, row)) for row in rows)

    async def _sleep_until(self, due_s: float) -> None:
        wait_s = due_s - self._clock.monotonic()
        if wait_s > 0:
            await self._clock.sleep(wait_s)
