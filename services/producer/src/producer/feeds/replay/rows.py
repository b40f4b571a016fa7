"""From the values in a file to rows, or to what is wrong with them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from producer.feeds.replay.checks.going_on import GoingOn
from producer.feeds.replay.checks.repeats import BAR, Repeats, Runs, is_bar, numbers_of
from producer.feeds.replay.checks.series import Series
from producer.feeds.replay.checks.twofold import Twofold
from producer.feeds.replay.columns.block import BadRow, Block
from producer.feeds.replay.values.amounts import AmountReader
from producer.feeds.replay.values.row import Row
from producer.feeds.replay.values.symbols import SymbolReader
from producer.feeds.replay.values.times import TimeReader

_SHOWN = 20


class Counts(NamedTuple):
    """What became of lines: `read` is all of them, the others come to as many.

    `other_symbol` counts rows of symbols that were not asked for, `off_market` trades that were not
    made at the market's price.
    """

    read: int
    heading: int = 0
    rows: int = 0
    bad_row: int = 0
    blank: int = 0
    other_symbol: int = 0
    off_market: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Add others."""
        return Counts(*map(sum, zip(self, other, strict=True)))

    @property
    def missing(self) -> int:
        """How many lines nothing became of; anything but 0 is a mistake of this program."""
        return self.read - sum(self[1:])


class RowBatch(NamedTuple):
    """What a stretch of a file gave."""

    rows: list[Row]
    bad: list[BadRow]
    counts: Counts


class Doubts(NamedTuple):
    """What puts it in doubt that rows are the prices of their symbols.

    `names` say what the rows of a file are of that is taken to be of one symbol: several are in
    doubt. `mixed` is a symbol and two of its series that have rows at the same times, `going_on`
    one whose bars come many times before they are over, `twofold` one that has many of its times
    twice, apart; they are empty where there is none.
    """

    names: Sequence[str] = ()
    mixed: Sequence[str] = ()
    going_on: str = ""
    twofold: str = ""


class RowReader:
    """Reads rows a column at a time; with `symbols`, theirs only: `others` are some of the rest.

    With `once` trades and bars that came before are left out; `by_ticks` tells that several bars
    may have a time together, and be equal.
    """

    def __init__(
        self,
        times: TimeReader,
        amounts: AmountReader,
        names: SymbolReader,
        symbols: Collection[str] = (),
        *,
        once: bool = True,
        by_ticks: bool = False,
    ) -> None:
        self._times = times
        self._amounts = amounts
        self._names = names
        self._symbols = frozenset(symbols)
        self.others: set[str] = set()
        self._names_told: set[tuple[str, str]] = set()
        self._once = once
        self._repeats = Repeats()
        self._runs = Runs() if by_ticks else None
        self._series = Series()
        self._parts = Series()
        self._going_on = GoingOn()
        self._twofold = Twofold()

    def read(self, block: Block) -> RowBatch:
        """Read the rows of a block."""
        rows, bad = self._good(block) if block.lines else ([], [])
        rows, off_market = _at_the_market(rows, block)
        if self._runs and block.values.bars:
            rows = self._runs.numbered(rows)
        rows, again = self._without_repeats(rows, block)
        lines = _lines(rows, block)
        rows = self._asked_for(rows)
        taken = _lines(rows, block)
        self._note_series(rows, block)
        bad = sorted((*block.unreadable, *bad, *again), key=lambda it: it.line)
        left_out = len(self._asked_for(off_market))
        others = lines - taken + len(off_market) - left_out
        counts = (taken, len(bad), block.blank, others, left_out)
        return RowBatch(rows, bad, Counts(block.read, block.heading, *counts))

    def _good(self, block: Block) -> tuple[list[Row], list[BadRow]]:
        """Give the rows whose values can all be used, and what is wrong with the others."""
        values = block.values
        columns = (
            self._times.read(values.times),
            self._names.read(values.symbols),
            self._amounts.prices(values.prices),
            self._amounts.volumes(values.volumes, of_bars=values.bars),
        )
        if len(self._names_told) < _SHOWN:
            self._names_told |= values.doubt
        numbers = _numbers(block)
        given = (*(column.values for column in columns), *([numbers] if numbers else []))
        rows = list(map(Row, block.lines, *given))
        if not values.strangers and not any(column.bad for column in columns):
            return rows, []
        bad = _bad_rows(block.lines, (*(it.bad for it in reversed(columns)), values.strangers))
        return [row for row in rows if row.line not in bad], list(bad.values())

    def _without_repeats(self, rows: list[Row], block: Block) -> tuple[list[Row], Iterable[BadRow]]:
        """Give the rows without trades and bars that came before, and the lines of only such."""
        again = self._again(rows, block) if self._once else {}
        if not again:
            return rows, ()
        rows = [row for place, row in enumerate(rows) if place not in again]
        left = {row.line for row in rows}
        return rows, {it.line: it for it in again.values() if it.line not in left}.values()

    def _again(self, rows: Sequence[Row], block: Block) -> dict[int, BadRow]:
        """Give by place the trades and bars that came before."""
        if not block.values.trades and not block.values.bars:
            return {}
        series = dict(zip(block.lines, block.values.series, strict=False))
        return {
            place: BadRow(row.line, f"it is {what_is(row)} once more")
            for place, row in enumerate(rows)
            if self._repeats.is_one(
                row.number,
                row.symbol,
                row.time,
                row.price,
                row.volume,
                series.get(row.line),
            )
        }

    def _asked_for(self, rows: list[Row]) -> list[Row]:
        """Give the rows of the symbols that are asked for, which may be all."""
        if not self._symbols:
            return rows
        if len(self.others) < _SHOWN:
            self.others |= {row.symbol for row in rows} - self._symbols
        return [row for row in rows if row.symbol in self._symbols]

    def doubts(self) -> Doubts:
        """Tell what rows that were read leave in doubt."""
        names: dict[str, list[str]] = {}
        for says, name in sorted(self._names_told):
            names.setdefault(says, []).append(name)
        return Doubts(
            names=max(names.values(), key=len, default=()),
            mixed=self._series.mixed() or self._parts.mixed(at_one_time=False),
            going_on=self._going_on.symbol,
            twofold=self._twofold.symbol,
        )

    @property
    def by_ticks(self) -> bool:
        """Tell whether bars are of so many trades each, of which several may have one time."""
        return self._going_on.by_ticks

    def _note_series(self, rows: Sequence[Row], block: Block) -> None:
        if block.values.series:
            series = dict(zip(block.lines, block.values.series, strict=False))
            self._series.note((row.symbol, series.get(row.line, ""), row.time) for row in rows)
        elif block.part and rows:
            times = [row.time for row in rows]
            self._parts.note_ends(rows[0].symbol, block.part, min(times), max(times))
        if block.values.bars:
            self._going_on.note(rows)
            self._twofold.note(rows)


def what_is(row: Row) -> str:
    """Name a row that comes again."""
    return "the same bar" if is_bar(row.number) else f"trade {row.number}"


def _at_the_market(rows: list[Row], block: Block) -> tuple[list[Row], list[Row]]:
    """Give the rows that were made at the market's price, and the others."""
    if not block.values.off_market:
        return rows, []
    off = {block.lines[place] for place in block.values.off_market}
    return [it for it in rows if it.line not in off], [it for it in rows if it.line in off]


def _numbers(block: Block) -> Sequence[str | None]:
    """Give what tells of each row whether it comes again; nothing where nothing does."""
    return [BAR] * len(block.lines) if block.values.bars else numbers_of(block.values.trades)


def _lines(rows: Sequence[Row], block: Block) -> int:
    """Count the lines that rows stand in."""
    return len({row.line for row in rows}) if block.wide else len(rows)


def _bad_rows(lines: Sequence[int], wrong: Sequence[Mapping[int, str]]) -> dict[int, BadRow]:
    """Give by line what is wrong with it: of several things the last."""
    return {
        lines[place]: BadRow(lines[place], why) for some in wrong for place, why in some.items()
    }
