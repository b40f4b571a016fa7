"""A column that was read: its values, and what is wrong with those that cannot be used."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

_SHOWN = 60
_MIDNIGHT = re.compile(r"[TD ]0?0:00(:00(\.0+)?)?\s*$", re.ASCII)


class Column[T](NamedTuple):
    """A column's values; `bad` says by place what is wrong with those that cannot be used."""

    values: Sequence[T]
    bad: dict[int, str]


def one_by_one[T](read: Callable[[Any], T], values: Sequence[Any]) -> Column[T]:
    """Read a column value by value; `read` raises `ValueError` for what cannot be used."""
    taken: list[Any] = []
    bad = {}
    for place, value in enumerate(values):
        try:
            taken.append(read(value))
        except ValueError as error:
            taken.append(None)
            bad[place] = str(error)
    return Column(taken, bad)


def day_of(value: Any) -> str:
    """Give the text of a day without its midnight, if it is written with that."""
    return _MIDNIGHT.sub("", str(value)).strip()


def at_times_of_day(days: Iterable[Any], clocks: Iterable[Any]) -> list[str]:
    """Put days and times of day together; where one is missing, what comes out is no time."""
    return [
        f"{day_of(day)} {str(clock).strip() or '?'}"
        for day, clock in zip(days, clocks, strict=True)
    ]


def bad_value(what: str, value: object, why: str = "") -> ValueError:
    """Give the error of a value: ``price is '-1'``, and why where that is not plain to see."""
    shown = "" if value is None else str(value)[:_SHOWN]
    return ValueError(f"{what} is {shown!r}{why and f': {why}'}")
