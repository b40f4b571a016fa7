"""Dates such as 01/02/2024, whose form does not say in which order day, month and year stand."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Literal

from producer.feeds.replay.values import dates

type Order = Literal["DMY", "MDY", "YMD"]

ORDERS: dict[Order, tuple[str, str, str]] = {
    "DMY": ("third", "second", "first"),
    "MDY": ("third", "first", "second"),
    "YMD": ("first", "second", "third"),
}
"""Which part of a date is its year, which its month and its day."""
AMBIGUOUS = (
    "the file does not tell in which order day, month and year stand; takes 2024-01-31, or some row"
    " that leaves one order, such as 01/31/2024, and none against it"
)

_FORMS = (
    dates.form(
        rf"(?P<first>\d\d?)(?P<mark>[-/.])(?P<second>\d\d?)(?P=mark)(?P<third>\d{{4}}|\d\d)"
        rf"{dates.REST}"
    ),
    dates.form(
        rf"(?P<first>\d\d?)(?P<mark>[- ])(?P<second>[A-Z]{{3,9}})(?P=mark)(?P<third>\d\d)"
        rf"{dates.REST}"
    ),
)
_SHORT = 2
"""Digits of a year that leaves its century out."""
_LAST_CENTURY = 70
"""From this year of two digits on they are those of the last century: none is before 1970."""


def find(text: str) -> re.Match[str] | None:
    """Find such a date: ``01/02/2024``, ``31.01.24``, ``31-Jan-24``, a time of day behind it."""
    return next((found for it in _FORMS if (found := it.fullmatch(text))), None)


def usual(found: re.Match[str]) -> Order | None:
    """Give the order that goes without saying: with points before four digits the day is first."""
    return "DMY" if found["mark"] == "." and len(found["third"]) > _SHORT else None


def days(found: re.Match[str]) -> Mapping[Order, date]:
    """Give the day that a date is in each order in which it is one: 31/01/2024 in DMY only."""
    return _days(found["first"], found["second"], found["third"])


@lru_cache(maxsize=4096)
def _days(first: str, second: str, third: str) -> Mapping[Order, date]:
    parts = {"first": first, "second": second, "third": third}
    taken: dict[Order, date] = {}
    for order, (year, month, day) in ORDERS.items():
        try:
            taken[order] = date(_year(parts[year]), _month(parts[month]), int(parts[day]))
        except ValueError:
            continue
    return taken


def _year(text: str) -> int:
    year = int(text)
    if len(text) > _SHORT:
        return year
    if len(text) < _SHORT:
        raise ValueError("a year has two digits at least")
    return year + (1900 if year >= _LAST_CENTURY else 2000)


def _month(text: str) -> int:
    return int(text) if text.isdecimal() else dates.MONTHS.get(text.casefold(), 0)
