"""Replays recorded prices, at their pace or another, at their times or moved to now."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from contracts.event import Source
from producer.clock import Clock
from producer.errors import FeedError
from producer.feeds.base import Feed, FeedStatus
from producer.feeds.replay_file import BadRow, RecordedPrices, Row
from producer.feeds.replay_note import Progress, ReplayNote
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


class ReplayFeed(Feed):
    """Gives the rows of a file; see `Pace`.

    What was played to `destination` in an earlier run is not played again, unless it repeats.
    """

    source: Source = "replay"

    def __init__(
        self,
        file: RecordedPrices,
        pace: Pace,
        note: ReplayNote,
        destination: Callable[[], Awaitable[str]],
        clock: Clock,
    ) -> None:
        self.symbols = file.symbols
        self.status = FeedStatus()
        self._file = file
        self._pace = pace
        self._note = note
        self._destination = destination
        self._clock = clock
        self._what = f"{file.digest()} {file.symbols} {pace}"
        self._of: str | None = None
        self._progress = Progress()

    @property
    def beats(self) -> bool:
        """Only once the file is over: until then its clock is the file's."""
        return self.status.state == "finished"

    def acknowledged(self, quote: FeedQuote) -> None:
        """One more row is in the topic."""
        self._progress.rows += 1
        newest = self._progress.newest
        if newest is None or quote.event_time > newest:
            self._progress.newest = quote.event_time

    def keep(self) -> None:
        """Keep how far it came."""
        if self._of and not self._pace.repeat:
            self._note.write(self._of, self._progress)

    async def quotes(self) -> AsyncIterator[FeedQuote]:
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
            async for quote in self._play(done):
                played += 1
                yield quote
            if not self._pace.repeat:
                return
            if not played:
                raise FeedError(f"{self._file.path} has no row left that can be used")

    async def _play(self, done: int) -> AsyncIterator[FeedQuote]:
        """Give the rows after those that are `done`."""
        first: Row | None = None
        newest: datetime | None = None
        began, began_s, count = self._clock.now(), self._clock.monotonic(), 0
        async for row in self._good():
            count += 1
            if count <= done:
                continue
            first = first or row
            if newest and row.time < newest:
                self.status.count("out_of_order")
            newest = max(newest or row.time, row.time)
            offset_s = self._offset_s(first, row)
            await self._sleep_until(began_s + offset_s)
            yield self._quote(row, began + timedelta(seconds=offset_s))

    def _offset_s(self, first: Row, row: Row) -> float:
        if not self._pace.speed:
            return 0.0
        return (row.time - first.time).total_seconds() / self._pace.speed

    def _quote(self, row: Row, moved: datetime) -> FeedQuote:
        now = self._clock.now()
        event_time = row.time
        if not self._pace.original:
            event_time = moved if self._pace.speed else now
        return FeedQuote(
            symbol=row.symbol,
            price=row.price,
            volume=row.volume,
            event_time=event_time,
            ingest_time=now,
            source="replay",
        )

    async def _sleep_until(self, due_s: float) -> None:
        wait_s = due_s - self._clock.monotonic()
        if wait_s > 0:
            await self._clock.sleep(wait_s)

    async def _good(self) -> AsyncIterator[Row]:
        try:
            for count, row in enumerate(self._file.rows(), start=1):
                if count % _BURST == 0:  # let others run
                    await self._clock.sleep(0)
                if isinstance(row, BadRow):
                    self._tell(row)
                else:
                    yield row
        except OSError as error:
            raise FeedError(f"{self._file.path} cannot be read: {error}") from None

    def _tell(self, row: BadRow) -> None:
        self.status.count("bad_row")
        if self.status.outcomes["bad_row"] <= _TOLD:
            _log.warning("a row is left out", file=self._file.path.name, line=row.line, why=row.why)
