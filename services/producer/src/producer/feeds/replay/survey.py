"""Reads a file once before it is played: how it writes times and numbers, and in what order."""

from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from itertools import islice
from operator import le
from typing import NamedTuple

from producer.feeds.replay.checks.so_far import SoFar
from producer.feeds.replay.columns.block import BadRow, RowsInDoubtError
from producer.feeds.replay.rows import Counts, Doubts, RowBatch, RowReader
from producer.feeds.replay.values import clocks
from producer.feeds.replay.values.amounts import AmountReader, Mark
from producer.feeds.replay.values.clocks import ClockForm
from producer.feeds.replay.values.slashed import Order
from producer.feeds.replay.values.symbols import SymbolReader
from producer.feeds.replay.values.times import TimeReader


class Style(NamedTuple):
    """How a file as a whole writes what could be read in two ways; None: that stays open.

    `order` is for dates such as 01/02/2024, `mark` for numbers such as 1,234, `clock` for times of
    day such as 930. `capitals`: symbols in small letters are written so throughout. `so_far`:
    volumes are a day's so far, and count nothing of their row. `by_ticks`: bars are of so many
    trades or so much volume each, of which several may have one time.
    """

    order: Order | None = None
    mark: Mark | None = "."
    clock: ClockForm | None = None
    capitals: bool = False
    so_far: bool = False
    by_ticks: bool = False


class Readers(NamedTuple):
    """What reads a file in a style, and gathers on the way what it finds."""

    times: TimeReader
    amounts: AmountReader
    symbols: SymbolReader
    rows: RowReader


class Facts(NamedTuple):
    """What there is to know of a file before it is played; `newest` is None where it has no row."""

    counts: Counts = Counts(0)
    in_order: bool = True
    first: datetime | None = None
    newest: datetime | None = None
    first_bad: BadRow | None = None
    units: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    doubts: Doubts = Doubts()
    by_ticks: bool = False
    error: str | None = None
    in_doubt: bool = False

    def with_batch(self, batch: RowBatch) -> "Facts":
        """Add what a stretch of the file gave."""
        facts = self._replace(
            counts=self.counts.plus(batch.counts),
            first_bad=self.first_bad or next(iter(batch.bad), None),
        )
        if not batch.rows:
            return facts
        times = [row.time for row in batch.rows]
        newest = self.newest or times[0]
        ordered = newest <= times[0] and all(map(le, times, islice(times, 1, None)))
        oldest = times[0] if ordered else min(times)
        return facts._replace(
            in_order=self.in_order and ordered,
            first=min(self.first or oldest, oldest),
            newest=max(newest, times[-1] if ordered else max(times)),
        )


class Survey:
    """Surveys a file step by step, so that others can run meanwhile.

    `readers` makes what reads in a style, `read` gives the file read so. Once `facts` are there,
    `style` is settled.
    """

    def __init__(
        self,
        style: Style,
        readers: Callable[[Style], Readers],
        read: Callable[[Readers], Iterator[RowBatch]],
    ) -> None:
        self.style = style
        self.facts: Facts | None = None
        self._readers = readers
        self._read = read
        self._so_far = SoFar()
        self._steps = self._all()

    def step(self) -> bool:
        """Read on a little; tells whether there is more. Raises `SettingError`."""
        try:
            next(self._steps)
        except StopIteration:
            return False
        return True

    def _all(self) -> Iterator[None]:
        used, readers = self.style, self._readers(self.style)
        facts = yield from self._pass(readers)
        if used.mark and readers.amounts.seen - {used.mark}:
            # The usual mark is read without a second look, and so seen nowhere yet.
            used = used._replace(mark=None)
            readers = self._readers(used)
            facts = yield from self._pass(readers)
        orders = readers.times.orders
        order = next(iter(orders)) if len(orders) == 1 else None
        clock = clocks.decided(readers.times.clocks)
        # Where any is in capitals, two that are the same but for that could be two symbols.
        small = readers.symbols.seen == {"small"}
        style = Style(order, _mark(self.style.mark, readers.amounts.seen), clock, small)
        unsettled = readers.times.open or readers.amounts.open or small or used != self.style
        if style != used and unsettled:
            facts = yield from self._pass(self._readers(style))
        so_far = self._so_far.found and not facts.doubts.going_on
        settled = style._replace(so_far=so_far, by_ticks=facts.by_ticks)
        if settled != style:
            facts = yield from self._pass(self._readers(settled))
        self.style, self.facts = settled, facts

    def _pass(self, readers: Readers) -> Generator[None, None, Facts]:
        facts, self._so_far = Facts(), SoFar()
        try:
            for batch in self._read(readers):
                facts = facts.with_batch(batch)
                self._so_far.note(batch.rows)
                yield
        except OSError as error:
            facts = facts._replace(error=str(error), in_doubt=isinstance(error, RowsInDoubtError))
        return facts._replace(
            units=tuple(sorted(readers.times.units)),
            others=tuple(sorted(readers.rows.others)),
            doubts=readers.rows.doubts(),
            by_ticks=readers.rows.by_ticks,
        )


def _mark(usual: Mark | None, seen: set[Mark]) -> Mark | None:
    """Give the mark that is usual, unless only the other one was seen, or else the only one."""
    if usual is not None:
        return usual if usual in seen or not seen else None
    return next(iter(seen)) if len(seen) == 1 else None
