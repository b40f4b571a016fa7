"""Replays recorded prices, at their pace or another, at their times or moved to now."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

import structlog

from contracts.clock import Clock
from contracts.settings import SettingError
from contracts.sources import Source
from contracts.times import format_time
from producer.errors import FeedError
from producer.feeds.base import Block, Feed, FeedStatus
from producer.feeds.replay.ordered import OrderedRows
from producer.feeds.replay.pace import Pace
from producer.feeds.replay.progress import Progress, ReplayNote
from producer.feeds.replay.recording import Recording
from producer.feeds.replay.sorter import Sorter
from producer.feeds.replay.survey import Facts
from producer.feeds.replay.values.row import Row
from producer.quote import FeedQuote

_BURST = 500
_LONG_WAIT_S = 60.0
_SLEPT = timedelta(minutes=1)
"""By what is more the clock was set ahead of the monotonic one, or the machine slept."""

_log = structlog.get_logger()


class ReplayFeed(Feed):
    """Gives the rows of a recording in order of time; see `Pace`.

    A bad row is told with its line. With `strict` it ends the feed, else it is left out. What was
    played to `destination` in an earlier run is not played again, unless it repeats. A quote more
    than `max_future_skew` ahead of the clock would be refused by the job.
    """

    source: Source = "replay"

    def __init__(
        self,
        recording: Recording,
        pace: Pace,
        clock: Clock,
        *,
        destination: Callable[[], Awaitable[str]],
        note: ReplayNote,
        sorter: Sorter,
        max_future_skew: timedelta,
        strict: bool = False,
    ) -> None:
        self.symbols = recording.symbols
        self.status = FeedStatus()
        self._recording = recording
        self._pace = pace
        self._note = note
        self._destination = destination
        self._clock = clock
        self._max_future_skew = max_future_skew
        self._strict = strict
        self._rows = OrderedRows(recording, sorter, self.status, clock, strict=strict)
        self._of: str | None = None
        self._progress = Progress()

    @property
    def follows_clock(self) -> bool:
        """Only once no row follows: until then event time is the file's.

        Behind a row that cannot be used, say, the next run may go on: at the file's own times these
        rows would be late if event time had gone on meanwhile.
        """
        if self.status.state == "failed":
            return self._progress.rows > 0 and not self._pace.original
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

    async def blocks(self) -> AsyncGenerator[Block, None]:
        """Give the rows, once or for ever."""
        facts = await self._survey()
        await self._read_progress(facts)
        with closing(self._rows):
            rows = await self._rows.first(in_order=facts.in_order)
            self.status.state = "live"
            async for block in self._play(rows, self._progress.rows):
                yield block
            while self._pace.repeat:
                async for block in self._play(self._rows.again(), 0):
                    yield block

    async def _survey(self) -> Facts:
        """Finish the survey, and log what it found."""
        survey = self._recording.survey
        try:
            while survey.step():
                await self._clock.sleep(0)  # let others run
        except SettingError as error:
            raise FeedError(str(error)) from None
        facts = survey.facts
        if facts is None or (why := self._recording.why_unusable(facts)):
            raise FeedError(why)
        _log.info(
            "the recording",
            file=self._recording.path.name,
            columns=self._recording.columns,
            numbers_since_1970=", ".join(facts.units) or None,
            order_of_dates=survey.style.order,
            time_of_day=survey.style.clock,
            decimal_mark=survey.style.mark,
            volumes="not taken: a day's so far" if survey.style.so_far else None,
            rows=facts.counts.rows,
            first=facts.first and format_time(facts.first),
            newest=facts.newest and format_time(facts.newest),
            in_order=facts.in_order,
            last_row="may be cut off: its line has no end"
            if self._recording.may_be_cut_off
            else None,
        )
        if facts.error:
            _log.warning("the recording can be read only in part", why=facts.error)
        return facts

    async def _read_progress(self, facts: Facts) -> None:
        try:
            digest = await self._digest()
        except OSError as error:
            raise FeedError(f"{self._recording.path} cannot be read: {error}") from None
        what: tuple[object, ...] = (digest, self.symbols, self._recording.columns, self._pace)
        if self._strict and facts.first_bad and not facts.in_order:
            what += ("up to the first bad row",)  # only these rows are sorted
        self._of = f"{what} {await self._destination()}"
        if not self._pace.repeat:
            self._progress = self._note.read(self._of)
        self.newest = self._progress.newest
        if self._progress.rows:
            _log.info("the replay goes on where it was", rows=self._progress.rows)

    async def _digest(self) -> str:
        """Hash the recording; at a stop a thread that does it at once would be waited for."""
        hashing = self._recording.digest()
        while True:
            try:
                next(hashing)
            except StopIteration as over:
                digest: str = over.value
                return digest
            await self._clock.sleep(0)  # let others run

    async def _play(self, rows: Iterator[list[Row]], done: int) -> AsyncGenerator[Block, None]:
        """Give the rows after those that are `done`, each when it is due."""
        began, began_s = self._clock.now(), self._clock.monotonic()
        first: Row | None = None
        async for burst in self._bursts(rows, done):
            first = first or burst[0]
            left = burst
            while left:
                await self._sleep_until(began_s + self._pace.offset_s(first, left[0]))
                began = self._by_the_clock(began, began_s, self._pace.offset_s(first, left[0]))
                count = self._pace.due(left, first, self._clock.monotonic() - began_s)
                yield self._quotes(left[:count], first, began)
                left = left[count:]

    def _by_the_clock(self, began: datetime, began_s: float, offset_s: float) -> datetime:
        """Give when the replay began, or would have, where the clock went on by more or less.

        Set back, the job would refuse all rows that follow. While a machine sleeps the monotonic
        clock stands still, and rows would be hours old. What differs by less moves no row: it would
        be late. Nor does a stall, in which both clocks go on: what it left is caught up.
        """
        if self._pace.original or not self._pace.speed:
            return began
        now = self._clock.now()
        by_now = now - timedelta(seconds=self._clock.monotonic() - began_s)
        ahead = began + timedelta(seconds=offset_s) - now
        return by_now if ahead > self._max_future_skew or by_now - began > _SLEPT else began

    async def _bursts(self, rows: Iterator[list[Row]], done: int) -> AsyncIterator[list[Row]]:
        for some in rows:
            left = some[done:]
            done = max(0, done - len(some))
            for start in range(0, len(left), _BURST):
                yield left[start : start + _BURST]
            await self._clock.sleep(0)  # let others run

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
            for row, event_time in zip(rows, self._pace.times(rows, first, began, now), strict=True)
        ]

    async def _sleep_until(self, due_s: float) -> None:
        wait_s = due_s - self._clock.monotonic()
        if wait_s <= 0:
            return
        if wait_s > _LONG_WAIT_S:
            due = self.status.next_quote_at = _after(self._clock.now(), wait_s)
            _log.info("no quote for a while", until=format_time(due))
        await self._clock.sleep(wait_s)
        self.status.next_quote_at = None


def _after(now: datetime, seconds: float) -> datetime:
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=now.tzinfo)
