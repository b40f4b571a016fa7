"""Reads CSV: one line is one record, so that a stray quote spoils its own line only."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import repeat
from typing import NamedTuple, Protocol

from producer.feeds.replay.amounts import is_nothing
from producer.feeds.replay.block import BadRow, Block
from producer.feeds.replay.columns import Choice
from producer.feeds.replay.files import File, must_be_readable
from producer.feeds.replay.headings import cells, is_heading, is_other_heading, lay_out
from producer.feeds.replay.kinds import MOST_LOOKED_AT, kind_of
from producer.feeds.replay.lines import LONGEST, TOO_LONG, whole_lines
from producer.settings import Role

_FIRST_LINES = 12
_SHORTEST_LABEL = 3
"""Letters of a heading that values are not as likely to have."""


class _Columns(Protocol):
    """Columns by place."""

    def __getitem__(self, place: int, /) -> Sequence[str]: ...


class _Split(NamedTuple):
    """Lines cut into values: the numbers of those that give some, and the values by column."""

    numbers: Sequence[int]
    columns: _Columns
    unreadable: Sequence[BadRow] = ()
    blank: int = 0


class Delimited:
    """A CSV file; raises `InputError` where its columns are not what is taken."""

    def __init__(self, file: File, wanted: Mapping[Role, str], symbol: str | None) -> None:
        self._file = file
        with must_be_readable(file.path):
            self._layout = lay_out(_first_lines(file), wanted, symbol)
        if kind := kind_of(self._layout.names, self._first_of):
            (choice,) = self._layout.choices
            self._layout = self._layout._replace(choices=(choice._replace(kind=kind),))
        self.columns = self._layout.columns
        self.commas = self._layout.separator != ","
        self._part = 0
        self._wide = len(self._layout.choices) > 1
        self._label = self._layout.columns["time"].casefold() if self._layout.names else ""

    def blocks(self) -> Iterator[Block]:
        """Read from the start; raises `OSError`."""
        line, left = 1, self._layout.heading
        self._part = left
        for text in whole_lines(self._file.texts()):
            parts = text.split("\n", left)
            if head := parts[:left]:
                blank = sum(not it.strip() for it in head)
                yield Block(len(head), heading=len(head) - blank, blank=blank)
            line, left, rows = line + len(head), left - len(head), parts[left:]
            for lines in rows:
                for some in self._parts(line, lines):
                    read = some.count("\n") + 1
                    cut = self._cut(line, some)
                    yield self._by_ticker(read, cut) if self._wide else self._block(read, cut)
                    line += read

    def _first_of(self, place: int) -> Iterator[str]:
        """Give a column's values in the first lines."""
        left = MOST_LOOKED_AT
        with suppress(OSError):  # what is damaged is told later
            for text in whole_lines(self._file.texts()):
                cut = self._cut(1, text)
                yield from cut.columns[place] if cut.numbers else ()
                left -= len(cut.numbers)
                if left <= 0:
                    return

    def _parts(self, line: int, text: str) -> Iterator[str]:
        """Give lines up to where the heading stands once more, as of a file appended, and on.

        Raises `OSError` where it is another heading.
        """
        if len(self._label) < _SHORTEST_LABEL or self._label not in text.casefold():
            yield text
            return
        lines, begun = text.split("\n"), 0
        for place, one in enumerate(lines):
            if self._label not in one.casefold():
                continue
            if is_heading(one, self._layout):
                if begun < place:
                    yield "\n".join(lines[begun:place])
                begun, self._part = place, line + place
            elif is_other_heading(one, self._layout):
                raise OSError(
                    f"the columns change in line {line + place}: takes files of one heading"
                )
        yield "\n".join(lines[begun:])

    def _cut(self, line: int, text: str) -> _Split:
        return self._quick(line, text) or self._careful(line, text)

    def _quick(self, line: int, text: str) -> _Split | None:
        """Cut lines that are all as most are; None for others."""
        separator, width = self._layout.separator, self._layout.width
        lines = text.split("\n")
        if len(text) > LONGEST and max(map(len, lines)) > LONGEST:
            return None
        if '"' in text:
            return self._quick_quoted(line, lines)
        if set(map(str.count, lines, repeat(separator))) != {width - 1}:
            return None
        values = text.replace("\n", separator).split(separator)
        return _Split(range(line, line + len(lines)), _EveryNth(values, width))

    def _quick_quoted(self, line: int, lines: list[str]) -> _Split | None:
        separator, width = self._layout.separator, self._layout.width
        try:
            rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True))
        except csv.Error:
            return None
        # Where a quoted value went on over the end of its line, there are fewer rows than lines.
        if len(rows) != len(lines) or set(map(len, rows)) != {width}:
            return None
        return _Split(range(line, line + len(lines)), list(zip(*rows, strict=True)))

    def _careful(self, line: int, text: str) -> _Split:
        """Cut lines one by one."""
        numbers, rows, unreadable, blank = [], [], [], 0
        for number, one in enumerate(text.split("\n"), line):
            if not one.strip() and self._layout.separator not in one:
                blank += 1
                continue
            try:
                rows.append(self._row(one))
                numbers.append(number)
            except ValueError as error:
                unreadable.append(BadRow(number, str(error)))
        return _Split(numbers, list(zip(*rows, strict=True)), unreadable, blank)

    def _row(self, line: str) -> list[str]:
        if len(line) > LONGEST:
            raise ValueError(TOO_LONG)
        try:
            row = cells(line, self._layout.separator)
        except csv.Error as error:
            unclosed = "end of data" in str(error)
            raise ValueError("a quote is not closed" if unclosed else f"no CSV: {error}") from error
        if len(row) != self._layout.width:
            raise ValueError(f"{len(row)} values under {self._layout.width} names")
        return row

    def _block(self, read: int, cut: _Split) -> Block:
        (choice,) = self._layout.choices
        count = len(cut.numbers)
        if not count:
            return Block(read, unreadable=cut.unreadable, blank=cut.blank)
        column = cut.columns.__getitem__
        return Block(
            read,
            cut.numbers,
            *choice.values(column, count),
            cut.unreadable,
            blank=cut.blank,
            doubt=choice.names_in_doubt(column),
            strangers=choice.strangers(column, self._layout.names),
            trades=choice.trades(column),
            bars=choice.bars,
            series=choice.series(column),
            part=self._appended(choice),
        )

    def _appended(self, choice: Choice) -> str:
        """Name the part that rows stand in, if it may be of another symbol than others."""
        return f"heading, line {self._part}" if choice.name is not None and self._label else ""

    def _by_ticker(self, read: int, cut: _Split) -> Block:
        """Give a row for each ticker that has a price in a line."""
        taken, unreadable = [], list(cut.unreadable)
        columns = (cut.columns[place] for place in range(self._layout.width if cut.numbers else 0))
        for number, row in zip(cut.numbers, zip(*columns, strict=True), strict=True):
            there = [it for it in self._layout.choices if not is_nothing(row[it.price])]
            if not there:
                unreadable.append(BadRow(number, "no ticker has a price"))
            for it in there:
                volume = None if it.volume is None else row[it.volume]
                taken.append((number, row[it.time], it.name, row[it.price], volume))
        numbers, times, names, prices, volumes = zip(*taken, strict=True) if taken else ((),) * 5
        return Block(
            read,
            numbers,
            times,
            names,
            prices,
            volumes,
            unreadable,
            blank=cut.blank,
            wide=True,
            bars=self._layout.choices[0].bars,
        )


class _EveryNth:
    """The columns of values that stand one behind the other, line by line."""

    def __init__(self, values: list[str], width: int) -> None:
        self._values = values
        self._width = width

    def __getitem__(self, place: int) -> list[str]:
        return self._values[place :: self._width]


def _first_lines(file: File) -> list[str]:
    lines: list[str] = []
    for text in whole_lines(file.texts()):
        lines += text.split("\n")
        if len(lines) >= _FIRST_LINES:
            break
    return lines[:_FIRST_LINES]
