"""From the values in a file to rows, or to what is wrong with them."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec

from contracts.symbols import SYMBOL_PATTERN, SYMBOL_RULE
from producer.feeds.replay.amounts import AmountReader
from producer.feeds.replay.block import BadRow, Block
from producer.feeds.replay.column import Column, bad_value, one_by_one
from producer.feeds.replay.repeats import Repeats
from producer.feeds.replay.series import Series
from producer.feeds.replay.times import TimeReader

type Letters = Literal["small", "capital", "side"]

_SYMBOL = re.compile(SYMBOL_PATTERN)
_LETTERS: dict[Letters, re.Pattern[str]] = {
    "small": re.compile("[a-z]"),
    "capital": re.compile("[A-Z]"),
    "side": re.compile("^(?:buy|sell)$"),
}
_SHOWN = 20
_BAR = "bar"
"""What stands for the number of a trade where rows are bars, which have none: their time is it."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One recorded price; `line` is where it stands, counted from 1 with the heading."""

    line: int
    time: datetime
    symbol: str
    price: float
    volume: float | None


class Counts(NamedTuple):
    """What became of lines: `read` is all of them, the others come to as many.

    `other_symbol` counts rows of symbols that were not asked for.
    """

    read: int
    heading: int = 0
    rows: int = 0
    bad_row: int = 0
    blank: int = 0
    other_symbol: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Add others."""
        return Counts(*map(sum, zip(self, other, strict=True)))

    @property
    def missing(self) -> int:
        """How many lines nothing became of; anything but 0 is a mistake of this program."""
        return self.read - sum(self[1:])


class Batch(NamedTuple):
    """What a stretch of a file gave."""

    rows: list[Row]
    bad: list[BadRow]
    counts: Counts


class RowReader:
    """Reads rows a column at a time; with `symbols`, theirs only: `others` are some of the rest.

    `doubt` are some of the names that a file has which is to be of one symbol. With `capitals`,
    symbols in small letters are read as those; `letters` tells what symbols are written in.
    """

    def __init__(
        self,
        times: TimeReader,
        amounts: AmountReader,
        symbols: Collection[str] = (),
        *,
        capitals: bool = False,
    ) -> None:
        self._times = times
        self._amounts = amounts
        self._symbols = frozenset(symbols)
        self._capitals = capitals
        self.others: set[str] = set()
        self.doubt: set[str] = set()
        self.letters: set[Letters] = set()
        self._repeats = Repeats()
        self._series = Series()
        self._parts = Series()

    def read(self, block: Block) -> Batch:
        """Read the rows of a block."""
        if not block.lines:
            counts = Counts(block.read, block.heading, 0, len(block.unreadable), block.blank)
            return Batch([], list(block.unreadable), counts)
        columns = (
            self._times.read(block.times),
            self._read_symbols(block.symbols),
            self._amounts.prices(block.prices),
            self._amounts.volumes(_known(block.volumes) if block.bars else block.volumes),
        )
        if len(self.doubt) < _SHOWN:
            self.doubt |= block.doubt
        rows = list(map(Row, block.lines, *(column.values for column in columns)))
        bad = list(block.unreadable)
        if block.strangers or any(column.bad for column in columns):
            wrong = (*(it.bad for it in reversed(columns)), block.strangers)
            bad_rows = _bad_rows(block.lines, wrong)
            rows = [row for row in rows if row.line not in bad_rows]
            bad = sorted((*bad, *bad_rows.values()), key=lambda it: it.line)
        if again := self._again(rows, block):
            rows = [row for place, row in enumerate(rows) if place not in again]
            left = {row.line for row in rows}
            told = {it.line: it for it in again.values() if it.line not in left}
            bad = sorted((*bad, *told.values()), key=lambda it: it.line)
        lines = _lines(rows, block)
        if self._symbols:
            if len(self.others) < _SHOWN:
                self.others |= {row.symbol for row in rows} - self._symbols
            rows = [row for row in rows if row.symbol in self._symbols]
        self._note_series(rows, block)
        taken = _lines(rows, block)
        return Batch(
            rows,
            bad,
            Counts(block.read, block.heading, taken, len(bad), block.blank, lines - taken),
        )

    def _again(self, rows: Sequence[Row], block: Block) -> dict[int, BadRow]:
        """Give by place the trades and bars that came before."""
        if not block.trades and not block.bars:
            return {}
        numbers = dict(zip(block.lines, block.trades, strict=False))
        what = "the same bar" if block.bars else "trade {}"
        return {
            place: BadRow(row.line, f"it is {what.format(number)} once more")
            for place, row in enumerate(rows)
            if self._repeats.is_one(
                number := _BAR if block.bars else numbers.get(row.line),
                row.symbol,
                row.time,
                row.price,
                row.volume,
            )
        }

    @property
    def mixed(self) -> Sequence[str]:
        """A symbol and two of its series that have rows at the same times; nothing where none."""
        return self._series.mixed() or self._parts.mixed(at_one_time=False)

    def _note_series(self, rows: Sequence[Row], block: Block) -> None:
        if block.series:
            series = dict(zip(block.lines, block.series, strict=False))
            self._series.note((row.symbol, series.get(row.line, ""), row.time) for row in rows)
        elif block.part and rows:
            times = [row.time for row in rows]
            self._parts.note_ends(rows[0].symbol, block.part, min(times), max(times))

    def _read_symbols(self, values: Sequence[Any]) -> Column[str]:
        try:
            texts = [it for it in set(values) if isinstance(it, str)]
        except TypeError:  # it holds more than texts and numbers
            return one_by_one(_symbol, values)
        self.letters.update(*map(_letters, texts))
        if self._capitals:
            capitals = {it: it.upper() for it in texts}
            values = [capitals.get(it, it) for it in values]
        return _symbols(values)


def _known(volumes: Sequence[Any]) -> Sequence[Any]:
    """Give nothing for -1, which IBKR has for the volume of what has none."""
    lost = {-1, "-1", "-1.0"}
    return [None if isinstance(it, float | int | str) and it in lost else it for it in volumes]


def _lines(rows: Sequence[Row], block: Block) -> int:
    """Count the lines that rows stand in."""
    return len({row.line for row in rows}) if block.wide else len(rows)


def _bad_rows(lines: Sequence[int], wrong: Sequence[Mapping[int, str]]) -> dict[int, BadRow]:
    """Give by line what is wrong with it: of several things the last."""
    return {
        lines[place]: BadRow(lines[place], why) for some in wrong for place, why in some.items()
    }


def _symbols(values: Sequence[Any]) -> Column[str]:
    try:
        names = {it: _symbol(it) for it in set(values)}
    except ValueError:
        return one_by_one(_symbol, values)
    return Column([names[it] for it in values], {})


def _symbol(value: Any) -> str:
    if not isinstance(value, str):
        raise bad_value("symbol", value)
    return _of_text(value.strip())


@lru_cache(maxsize=4096)
def _letters(text: str) -> frozenset[Letters]:
    return frozenset(it for it, pattern in _LETTERS.items() if pattern.search(text))


@lru_cache(maxsize=4096)
def _of_text(text: str) -> str:
    symbol = unicodedata.normalize("NFC", text)
    if not _SYMBOL.match(symbol):
        raise bad_value("symbol", text, f"takes {SYMBOL_RULE}")
    return symbol
