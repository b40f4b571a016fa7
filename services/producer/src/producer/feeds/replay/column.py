"""A column's values as read: what most columns give, and what is wrong with the odd value."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

_SHOWN = 60


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


def bad_value(what: str, value: object, why: str = "") -> ValueError:
    """Give the error of a value: ``price is '-1'``, and why where that is not plain to see."""
    shown = "" if value is None else str(value)[:_SHOWN]
    return ValueError(f"{what} is {shown!r}{why and f': {why}'}")
