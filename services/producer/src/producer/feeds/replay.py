"""Replays recorded prices, at their pace or another, at their times or moved to now.

How far it came is kept in a note, so that a restart goes on and does not play a file again. The
note lies where a reset wipes it.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path

import structlog

from contracts.event import Source
from producer.clock import Clock
from producer.errors import InputError
from producer.feeds.base import Feed, FeedStatus
from producer.feeds.replay_file import BadRow, Row, open_rows
from producer.quote import FeedQuote

_BURST = 500
_REPORTED = 20

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """How to play: the factor (0: as fast as taken), whether times stay, whether to begin again."""

    speed: float
    original: bool
    repeat: bool


class ReplayNote:
    """How many rows of a file, played this way, have been acknowledged."""

    def __init__(self, path: Path, file: Path, pace: Pace) -> None:
        stat = file.stat()
        what = f"{file.name} {stat.st_size} {stat.st_mtime_ns} {pace}"
        self._what = hashlib.sha256(what.encode()).hexdigest()[:16]
        self._path = path

    def read(self) -> int:
        """Give the number of rows; 0 for another file or another pace."""
        with suppress(OSError, ValueError):
            what, rows = self._path.read_text().split()
            if what == self._what:
                return int(rows)
        return 0

    def write(self, rows: int) -> None:
        """Keep the number of rows; a disk that takes nothing is told, and stops nothing."""
        aside = self._path.with_name(f"{self._path.name}.tmp")
        try:
            aside.write_text(f"{self._what} {rows}\n")
            aside.replace(self._path)
        except OSError as error:
            _log.warning("how far the replay came cannot be kept", why=str(error))


class ReplayFeed(Feed):
    """Gives the rows of a file; see `Pace`. Raises `InputError` at once for a file of no use."""

    source: Source = "replay"

    def __init__(
        self, file: Path, pace: Pace, symbols: tuple[str, ...], note: ReplayNote, clock: Clock
    ) -> None:
        self.symbols = symbols
        self.status = FeedStatus()
        self._file = file
        self._pace = pace
        self._note = note
        self._clock = clock
        self._skipped_rows = 0
        self._acknowledged = note.read()
        self._kept_s = clock.monotonic()
        first = next(self._good(open_rows(file)), None)
        if first is None:
            raise InputError(f"REPLAY_FILE: {file} has no row that can be used")
        self.status = FeedStatus()

    @property
    def beats(self) -> bool:
        """Only once the file is over: until then its clock is the file's."""
        return self.status.state == "finished"

    def acknowledged(self) -> None:
        """One more row is in the topic."""
        self._acknowledged += 1
        now_s = self._clock.monotonic()
        if now_s - self._kept_s >= 1:
            self.keep()

    def keep(self) -> None:
        """Keep how far it came."""
        self._kept_s = self._clock.monotonic()
        if not self._pace.repeat:
            self._note.write(self._acknowledged)

    async def quotes(self) -> AsyncIterator[FeedQuote]:
        """Give the rows, once or for ever."""
        self.status.state = "live"
        done = 0 if self._pace.repeat else self._acknowledged
        while True:
            async for quote in self._play(islice(self._good(open_rows(self._file)), done, None)):
                yield quote
            if not self._pace.repeat:
                break
            done = 0

    async def _play(self, rows: Iterator[Row]) -> AsyncIterator[FeedQuote]:
        first = next(rows, None)
        if first is None:
            return
        began, began_s = self._clock.now(), self._clock.monotonic()
        newest = first.time
        for count, row in enumerate(chain([first], rows), start=1):
            if row.time < newest:
                self.status.count("out_of_order")
            newest = max(newest, row.time)
            if self._pace.speed:
                offset = (row.time - first.time) / self._pace.speed
                await self._sleep_until(began_s + offset.total_seconds())
            else:
                offset = None
                if count % _BURST == 0:  # let others run
                    await self._clock.sleep(0)
            yield self._quote(row, began, offset)

    def _quote(self, row: Row, began: datetime, offset: timedelta | None) -> FeedQuote:
        now = self._clock.now()
        moved = now if offset is None else began + offset
        return FeedQuote(
            symbol=row.symbol,
            price=row.price,
            volume=row.volume,
            event_time=row.time if self._pace.original else moved,
            ingest_time=now,
            source="replay",
        )

    async def _sleep_until(self, due_s: float) -> None:
        wait_s = due_s - self._clock.monotonic()
        if wait_s > 0:
            await self._clock.sleep(wait_s)

    def _good(self, rows: Iterator[Row | BadRow]) -> Iterator[Row]:
        for row in rows:
            if isinstance(row, BadRow):
                self._tell(row)
            elif not self.symbols or row.symbol in self.symbols:
                yield row

    def _tell(self, row: BadRow) -> None:
        self.status.count("bad_row")
        if self.status.outcomes["bad_row"] <= _REPORTED:
            _log.warning("a row is left out", file=self._file.name, line=row.line, why=row.why)
