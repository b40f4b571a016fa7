"""Lays out CSV files without a heading: by wanted places, or by what their lines look like."""

import re
from collections.abc import Mapping, Sequence

from contracts.settings import SettingError
from producer.feeds.replay.columns import binance
from producer.feeds.replay.columns.choice import Choice
from producer.feeds.replay.columns.choosing import placed, with_symbol
from producer.feeds.replay.columns.time_columns import is_day, with_colon
from producer.feeds.replay.files.csv.layout import Layout, separators, values_of
from producer.settings import Role

_NUMBER = r"\d+(?:\.\d+)?"
_LEAN = re.compile(r"\d{8} \d\d:\d\d(?:,\d{4,}){4},\d+", re.ASCII)
"""Bars of LEAN's, a day or an hour each, whose prices are in units of 0.0001."""
_MOST_APART = 10
"""Times its low that a high is taken to be at most: numbers and sides of trades are no bars."""


def is_of_lean(line: str) -> bool:
    """Tell whether a line looks like a bar of LEAN's."""
    return bool(_LEAN.fullmatch(line.strip()))


def by_place(
    lines: Sequence[str], place: int, wanted: Mapping[Role, str], symbol: str | None
) -> Layout:
    """Lay out a file by the places that are wanted; raises `SettingError`.

    `lines` are its first, of which the first one is number `place` of the file, from 0.
    """
    separator = separators(lines[0])[0]
    rows = [values_of(it, separator) for it in lines if it.strip()]
    width = len(rows[0])
    names = [f"column {n}" for n in range(1, width + 1)]
    choice = placed(wanted, width)
    _check_day(rows[0], choice)
    choice = with_symbol(choice, names, symbol)
    ends = [it[: choice.price + 1] for it in rows if len(it) == width]
    priced = [it for it in ends if _plain_number(it[-1])]
    choice = choice._replace(bars=bool(priced) and all(map(_is_bar, priced)))
    return Layout(separator, place, width, (choice,), choice.described(names))


def _check_day(row: Sequence[str], choice: Choice) -> None:
    """Raise `SettingError` where the time is a day, and another place has its time of day."""
    clocks = [n for n in with_colon(row) if n not in choice.places()]
    if choice.date is None and is_day(row[choice.time]) and clocks:
        time, clock = choice.time + 1, clocks[0] + 1
        raise SettingError(
            f"REPLAY_COLUMNS: got {time}=time, which is a day; place {clock} has its time of day:"
            f" takes {time}=date,{clock}=time"
        )


def _is_bar(values: Sequence[str]) -> bool:
    """Tell whether values end with open, high, low and close, of which high and low are near."""
    *_, opened, high, low, close = map(_plain_number, ("", "", "", *values))
    return low > 0 and low <= min(opened, close) <= max(opened, close) <= high < low * _MOST_APART


def _plain_number(text: str) -> float:
    text = text.replace(",", ".")
    return float(text) if re.fullmatch(_NUMBER, text, re.ASCII) else 0.0


def of_binance(line: str, place: int, symbol: str | None) -> Layout | None:
    """Lay out a dump of Binance's; None where the line looks like none."""
    values = line.strip().split(",")
    if not (choice := binance.choice_of(values)):
        return None
    names = [f"column {n}" for n in range(1, len(values) + 1)]
    named = with_symbol(choice, names, symbol)
    return Layout(",", place, len(values), (named,), named.described(names))
