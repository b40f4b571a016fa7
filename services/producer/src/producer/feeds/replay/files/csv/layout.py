"""How a CSV file is laid out, and how its first lines are cut."""

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

from producer.feeds.replay.columns.choice import Choice
from producer.feeds.replay.columns.names import normalised
from producer.feeds.replay.files.csv.cutting import cells

_SEPARATORS = (";", "\t", "|", ",")  # of as many commas as others: those may be in numbers
_BRACKETED = re.compile(r"<[A-Z_]+>", re.ASCII)
"""A name as MetaTrader writes it, whose decimals always stand behind a point."""
_PRICES = {"open", "high", "low", "close", "price", "bid", "ask"}
_WITH_POINT = re.compile(r"\d+\.(?:\d{1,2}|\d{4,})", re.ASCII)
"""A number whose point cannot set thousands apart."""
_WITH_COMMA = re.compile(r"[\d.]*,\d+", re.ASCII)


class Layout(NamedTuple):
    """How a CSV file is laid out.

    `heading` lines come before the first row. A line has `width` values, and a quote for each of
    `choices`. `names` are those of the columns, if one line has them; `is_of_closes` tells that
    they are called as symbols or by them, each above its prices.
    """

    separator: str
    heading: int
    width: int
    choices: tuple[Choice, ...]
    columns: dict[str, str]
    names: Sequence[str] = ()
    is_of_closes: bool = False


def separators(line: str) -> list[str]:
    """Give what may stand between a line's values, the likeliest first."""
    return sorted(_SEPARATORS, key=line.count, reverse=True)


def values_of(line: str, separator: str) -> list[str]:
    """Cut one of the first lines, also one that is no CSV."""
    try:
        return [it.strip() for it in cells(line, separator)]
    except csv.Error:
        return [it.strip() for it in line.split(separator)]


def shows_points(lines: Sequence[str], layout: Layout) -> bool:
    """Tell by a file's first lines whether its decimals stand behind a point, as MetaTrader's do.

    So a price beside that which is read may show, where all of those have three decimals.
    """
    names = layout.names
    if names and all(map(_BRACKETED.fullmatch, names)):
        return True
    places = [n for n, name in enumerate(names) if normalised(name) in _PRICES]
    rows = [values_of(it, layout.separator) for it in lines[layout.heading :]]
    prices = [row[n] for row in rows if len(row) == layout.width for n in places]
    return any(map(_WITH_POINT.fullmatch, prices)) and not any(map(_WITH_COMMA.fullmatch, prices))
