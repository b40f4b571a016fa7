"""What a recorded price must be: from the values in a file to a row, or to what is wrong."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

import msgspec

from contracts.event import MAX_PRICE, MAX_VOLUME
from contracts.symbols import SYMBOL_PATTERN

REQUIRED = ("time", "symbol", "price")
COLUMNS = (*REQUIRED, "volume")

_SYMBOL = re.compile(SYMBOL_PATTERN)
_FIRST_YEAR = 1970  # the contract's
_EMPTY = {None, ""}
_SHOWN = 60

type Values = tuple[Any, Any, Any, Any]
"""A row's values in the order of `COLUMNS`; None where a column is missing."""


class Unreadable(msgspec.Struct, frozen=True):
    """A line that gives no values, and why."""

    why: str


class Row(msgspec.Struct, frozen=True, gc=False):
    """One recorded price; `line` is where it stands, counted from 1 with the heading."""

    line: int
    time: datetime
    symbol: str
    price: float
    volume: float | None


class BadRow(msgspec.Struct, frozen=True, gc=False):
    """A row that cannot be used, and why."""

    line: int
    why: str


type Line = tuple[int, Values | Unreadable]
"""A row's values with the line it stands in, or what is wrong with the line."""


def read_rows(lines: Sequence[Line]) -> list[Row | BadRow]:
    """Read rows: a column at a time, or one by one where that finds anything out of the ordinary.

    Both ways give the same.
    """
    try:
        return _columns(lines)
    except (TypeError, ValueError, OverflowError):
        return [read_row(line, values) for line, values in lines]


def read_row(line: int, values: Values | Unreadable) -> Row | BadRow:
    """Read a row from its values, or from what is wrong with its line."""
    if not isinstance(values, tuple):
        return BadRow(line, values.why)
    moment, symbol, price, volume = values
    try:
        return Row(
            line,
            _time(moment) if isinstance(moment, str) else _utc(moment),
            _symbol(symbol) if isinstance(symbol, str) else _no_symbol(symbol),
            _number("price", price, MAX_PRICE) or _none("price"),
            _number("volume", volume, MAX_VOLUME),
        )
    except ValueError as error:
        return BadRow(line, str(error))


def _columns(lines: Sequence[Line]) -> list[Row | BadRow]:
    """Read rows that are all as most are; raises for any other."""
    rows = [values for _, values in lines if isinstance(values, tuple)]
    if len(rows) != len(lines):
        raise TypeError
    times, symbols, prices, volumes = ([row[n] for row in rows] for n in range(4))
    names = {it: _symbol(it) if isinstance(it, str) else _no_symbol(it) for it in set(symbols)}
    return list(
        map(
            Row,
            [line for line, _ in lines],
            _times(times),
            [names[symbol] for symbol in symbols],
            _numbers(prices, math.ulp(0.0), MAX_PRICE),
            [None] * len(volumes) if set(volumes) <= _EMPTY else _numbers(volumes, 0, MAX_VOLUME),
        )
    )


def _times(values: Sequence[Any]) -> list[datetime]:
    match set(map(type, values)):
        case kinds if kinds == {str}:
            times = list(map(datetime.fromisoformat, values))
        case kinds if kinds == {datetime}:
            times = list(values)
        case _:
            raise TypeError
    if {time.tzinfo for time in times} != {UTC} or min(times).year < _FIRST_YEAR:
        return list(map(_utc, times))
    return times


def _numbers(values: Sequence[Any], least: float, most: float) -> list[float]:
    numbers = list(map(float, values))
    if not (least <= min(numbers) and max(numbers) <= most and not math.isnan(sum(numbers))):
        raise ValueError
    if bool in set(map(type, values)):
        raise TypeError
    return numbers


def _none(name: str) -> float:
    raise ValueError(f"{name} is missing or 0")


@lru_cache(maxsize=4096)
def _symbol(value: str) -> str:
    symbol = value.strip()
    if not _SYMBOL.match(symbol):
        return _no_symbol(symbol)
    return symbol


def _no_symbol(value: object) -> str:
    raise ValueError(f"symbol is {str('' if value is None else value)[:_SHOWN]!r}")


def _number(name: str, value: Any, most: float) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 <= number <= most or isinstance(value, bool):
        raise ValueError(f"{name} is {str(value)[:_SHOWN]!r}")
    return number


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return _no_time(text)
    return _utc(moment)


def _utc(moment: object) -> datetime:
    """Give a time in UTC, which is its zone where it names none."""
    if not isinstance(moment, datetime):
        if not isinstance(moment, date):
            return _no_time(moment)
        moment = datetime.combine(moment, time(), UTC)
    try:
        utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return _no_time(moment)
    return utc if utc.year >= _FIRST_YEAR else _no_time(moment)


def _no_time(value: object) -> datetime:
    raise ValueError(f"time is {str(value)[:_SHOWN]!r}")
