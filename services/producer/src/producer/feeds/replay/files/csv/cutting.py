"""Cuts lines of CSV into values by column, many at once where all are as most are."""

import csv
from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple, Protocol

from producer.feeds.replay.columns.block import BadRow
from producer.feeds.replay.files.lines import LONGEST, TOO_LONG


class ByPlace(Protocol):
    """Columns by place."""

    def __getitem__(self, place: int, /) -> Sequence[str]: ...


class Split(NamedTuple):
    """Lines cut into values: the numbers of those that give some, and the values by column."""

    numbers: Sequence[int]
    columns: ByPlace
    unreadable: Sequence[BadRow] = ()
    blank: int = 0


def cells(line: str, separator: str) -> list[str]:
    """Cut one line into its values; raises `csv.Error` where it is no CSV by itself."""
    reader = csv.reader((line,), delimiter=separator, skipinitialspace=True, strict=True)
    return next(reader)


def cut(first: int, text: str, separator: str, width: int) -> Split:
    """Cut lines into values by column: `first` is the first one's number, `width` their values."""
    lines = text.split("\n")
    split = None
    is_empty = separator * (width - 1) in lines  # as Excel saves rows that were cleared
    if not is_empty and (len(text) <= LONGEST or max(map(len, lines)) <= LONGEST):
        split = (_quoted if '"' in text else _plain)(first, lines, separator, width)
    return split or _one_by_one(first, lines, separator, width)


def _plain(first: int, lines: list[str], separator: str, width: int) -> Split | None:
    """Cut lines without quotes; None where one has more or fewer values."""
    if set(map(str.count, lines, repeat(separator))) != {width - 1}:
        return None
    values = separator.join(lines).split(separator)
    return Split(range(first, first + len(lines)), _EveryNth(values, width))


def _quoted(first: int, lines: list[str], separator: str, width: int) -> Split | None:
    """Cut lines with quotes; None where one is no CSV or has more or fewer values."""
    try:
        rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error:
        return None
    # Where a quoted value went on over the end of its line, there are fewer rows than lines.
    if len(rows) != len(lines) or set(map(len, rows)) != {width}:
        return None
    return Split(range(first, first + len(lines)), list(zip(*rows, strict=True)))


def _one_by_one(first: int, lines: list[str], separator: str, width: int) -> Split:
    """Cut lines of which some are blank, or cannot be cut."""
    numbers, rows, unreadable, blank = [], [], [], 0
    for number, line in enumerate(lines, first):
        if not line.replace(separator, "").strip():
            blank += 1
            continue
        try:
            rows.append(_row(line, separator, width))
            numbers.append(number)
        except ValueError as error:
            unreadable.append(BadRow(number, str(error)))
    return Split(numbers, list(zip(*rows, strict=True)), unreadable, blank)


def _row(line: str, separator: str, width: int) -> list[str]:
    if len(line) > LONGEST:
        raise ValueError(TOO_LONG)
    try:
        row = cells(line, separator)
    except csv.Error as error:
        unclosed = "end of data" in str(error)
        raise ValueError("a quote is not closed" if unclosed else f"no CSV: {error}") from error
    if len(row) != width:
        raise ValueError(f"{len(row)} values under {width} names")
    return row


class _EveryNth:
    """The columns of values that stand one behind the other, line by line."""

    def __init__(self, values: list[str], width: int) -> None:
        self._values = values
        self._width = width

    def __getitem__(self, place: int) -> list[str]:
        return self._values[place :: self._width]
