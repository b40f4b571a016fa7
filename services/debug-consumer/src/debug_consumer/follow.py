"""The loop: read, judge, count, show, until it is over."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol

from contracts.kafka_damage import Damaged
from debug_consumer.judge import Judge, Judged, Record
from debug_consumer.sequences import positions
from debug_consumer.summary import Ended, Summary
from debug_consumer.tally import Tally

LOOK_S = 5.0
"""How long nothing may arrive before the broker is asked whether it is still there."""

GONE = "waiting for the broker: it does not answer"
BACK = "the broker answers again"


class Reader(Protocol):
    """Where records come from."""

    @property
    def starts(self) -> dict[int, int]:
        """The offset from which each partition is read."""

    async def read(self) -> list[Record]:
        """Wait a moment for records."""

    def damaged(self) -> list[Damaged]:
        """Give what could not be read since it was asked last."""

    async def ends(self) -> dict[int, int] | None:
        """Ask for each partition's end; None if no answer comes in time."""


class View(Protocol):
    """Where records are shown."""

    def show(self, judged: Judged) -> None:
        """Show one record."""

    def refresh(self, tally: Tally) -> None:
        """Bring what is shown up to date."""

    def note(self, text: str) -> None:
        """Tell a person something that is no record."""


class Limits(NamedTuple):
    """When to end by itself: after so many records, after so long without one."""

    max_events: int | None = None
    timeout_s: float | None = None


class Follower:
    """Follows a topic until a limit is reached or `stop` is set; `clock` counts seconds."""

    def __init__(
        self,
        reader: Reader,
        *,
        judge: Judge,
        view: View,
        limits: Limits,
        stop: asyncio.Event,
        clock: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._judge = judge
        self._view = view
        self._limits = limits
        self._stop = stop
        self._clock = clock
        self._tally = Tally()
        self._begun_at = self._last_at = self._looked_at = clock()
        self._answers = True

    async def run(self, topic: str) -> Summary:
        """Follow to the end and sum up; raises `BrokerError` where reading cannot go on."""
        self._view.refresh(self._tally)
        while (ended := self._ended()) is None:
            self._take(await self._reader.read())
            for damaged in self._reader.damaged():
                self._tally.leave_out(damaged)
                self._view.note(str(damaged))
            await self._look()
            await asyncio.sleep(0)  # or Ctrl-C would wait for all that the client has at hand
        elapsed_s = self._clock() - self._begun_at
        ends = await self._reader.ends()
        where = positions(self._reader.starts, self._tally.read_to, ends)
        return Summary(
            topic=topic,
            ended=ended,
            elapsed_s=elapsed_s,
            tally=self._tally,
            runs=self._tally.sequences.report(where),
            exit_code=self._tally.exit_code(broker_answers=ends is not None),
        )

    def _ended(self) -> Ended | None:
        if self._limits.max_events is not None and self._tally.records >= self._limits.max_events:
            return Ended.MAX_EVENTS
        if self._stop.is_set():
            return Ended.SIGNAL
        if self._limits.timeout_s is not None:
            quiet_s = self._clock() - self._last_at
            return Ended.TIMEOUT if quiet_s >= self._limits.timeout_s else None
        return None

    def _take(self, records: list[Record]) -> None:
        if self._limits.max_events is not None:
            records = records[: self._limits.max_events - self._tally.records]
        for record in records:
            judged = self._judge(record)
            self._tally.add(judged)
            self._view.show(judged)
        if records:
            self._last_at = self._clock()
        self._view.refresh(self._tally)

    async def _look(self) -> None:
        """Say once that the broker is gone, and once that it is back."""
        now = self._clock()
        if now - max(self._last_at, self._looked_at) < LOOK_S:
            return
        self._looked_at = now
        answers = await self._reader.ends() is not None
        if answers is not self._answers:
            self._view.note(BACK if answers else GONE)
            self._answers = answers
