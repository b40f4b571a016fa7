"""Reads CSV: one line is one record, so that a stray quote spoils its own line only."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from producer.feeds.replay.columns.block import Block, RowsInDoubtError
from producer.feeds.replay.columns.choice import Choice
from producer.feeds.replay.columns.kinds import MOST_LOOKED_AT, kind_of
from producer.feeds.replay.columns.tickers import block_of
from producer.feeds.replay.files.csv.cutting import Split, cut
from producer.feeds.replay.files.csv.headings import is_heading, is_other_heading, lay_out
from producer.feeds.replay.files.csv.layout import shows_points, values_of
from producer.feeds.replay.files.csv.yfinance import is_other_label
from producer.feeds.replay.files.file import File, must_be_readable
from producer.feeds.replay.files.lines import whole_lines
from producer.settings import Role

_FIRST_LINES = 24
_SHORTEST_LABEL = 3
"""Letters of a heading that values are not as likely to have."""


_DIGIT = re.compile(r"\d", re.ASCII)


class Delimited:
    """A CSV file; raises `SettingError` where its columns are not what is taken."""

    def __init__(self, file: File, wanted: Mapping[Role, str], symbols: Sequence[str] = ()) -> None:
        self._file = file
        with must_be_readable(file.path):
            first = _first_lines(file)
            self._layout = lay_out(first, wanted, symbols)
        is_of_closes = self._layout.is_of_closes
        if not is_of_closes and (kind := kind_of(self._layout.names, self._first_of)):
            (choice,) = self._layout.choices
            self._layout = self._layout._replace(choices=(choice._replace(kind=kind),))
        self.columns = self._layout.columns
        self.commas = self._layout.separator != "," and not shows_points(first, self._layout)
        self._part = 0
        self._wide = is_of_closes or len(self._layout.choices) > 1
        self._heading = [
            values_of(it, self._layout.separator) for it in first[: self._layout.heading]
        ]
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
                    split = self._cut(line, some)
                    self._check_headings(split)
                    yield self._block(read, split)
                    line += read

    def _first_of(self, place: int) -> Iterator[str]:
        """Give a column's values in the first lines."""
        left = MOST_LOOKED_AT
        with suppress(OSError):  # what is damaged is told later
            for text in whole_lines(self._file.texts()):
                split = self._cut(1, text)
                yield from split.columns[place] if split.numbers else ()
                left -= len(split.numbers)
                if left <= 0:
                    return

    def _parts(self, line: int, text: str) -> Iterator[str]:
        """Give lines up to where the heading stands once more, as of a file appended, and on.

        Raises `RowsInDoubtError` where it is another heading.
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
            else:
                self._check_heading(values_of(one, self._layout.separator), line + place)
        yield "\n".join(lines[begun:])

    def _check_heading(self, values: Sequence[str], line: int) -> None:
        if self._layout.names:
            is_other = is_other_heading(values, self._layout)
        else:
            is_other = is_other_label([it.strip() for it in values], self._heading)
        if is_other:
            raise RowsInDoubtError(f"the columns change in line {line}: takes files of one heading")

    def _check_headings(self, split: Split) -> None:
        """Raise an error at another heading, which may call the time otherwise than the first."""
        times = split.columns[self._layout.choices[0].time] if split.numbers else ()
        if not self._layout.heading or max(times, default="").lstrip()[:1] <= "9":
            return
        for place, text in enumerate(times):
            if not _DIGIT.search(text):
                values = [split.columns[n][place] for n in range(self._layout.width)]
                self._check_heading(values, split.numbers[place])

    def _cut(self, line: int, text: str) -> Split:
        return cut(line, text, self._layout.separator, self._layout.width)

    def _block(self, read: int, split: Split) -> Block:
        count = len(split.numbers)
        if self._wide:
            return block_of(
                read,
                split.numbers,
                self._layout.choices,
                split.columns.__getitem__,
                unreadable=split.unreadable,
                blank=split.blank,
            )
        (choice,) = self._layout.choices
        if not count:
            return Block(read, unreadable=split.unreadable, blank=split.blank)
        return Block(
            read,
            split.numbers,
            choice.values(split.columns.__getitem__, count),
            split.unreadable,
            blank=split.blank,
            part=self._appended(choice),
        )

    def _appended(self, choice: Choice) -> str:
        """Name the part that rows stand in, if it may be of another symbol than others."""
        return f"heading, line {self._part}" if choice.name is not None and self._label else ""


def _first_lines(file: File) -> list[str]:
    lines: list[str] = []
    for text in whole_lines(file.texts()):
        lines += text.split("\n")
        if len(lines) >= _FIRST_LINES:
            break
    return lines[:_FIRST_LINES]
