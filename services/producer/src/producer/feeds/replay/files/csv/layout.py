"""How a CSV file is laid out, and how its first lines are cut."""

import csv
from collections.abc import Sequence
from typing import NamedTuple

from producer.feeds.replay.columns.choice import Choice
from producer.feeds.replay.files.csv.cutting import cells

_SEPARATORS = (";", "\t", "|", ",")  # of as many commas as others: those may be in numbers


class Layout(NamedTuple):
    """How a CSV file is laid out.

    `heading` lines come before the first row. A line has `width` values, and a quote for each of
    `choices`. `names` are those of the columns, if one line has them.
    """

    separator: str
    heading: int
    width: int
    choices: tuple[Choice, ...]
    columns: dict[str, str]
    names: Sequence[str] = ()


def separators(line: str) -> list[str]:
    """Give what may stand between a line's values, the likeliest first."""
    return sorted(_SEPARATORS, key=line.count, reverse=True)


def values_of(line: str, separator: str) -> list[str]:
    """Cut one of the first lines, also one that is no CSV."""
    try:
        return [it.strip() for it in cells(line, separator)]
    except csv.Error:
        return [it.strip() for it in line.split(separator)]
