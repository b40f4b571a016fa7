"""What a recorded price must be: from the values in a file to a row, or to what is wrong."""

import math
import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

import msgspec

from contracts.event import MAX_PRICE, MAX_VOLUME, SYMBOL_PATTERN

REQUIRED = ("time", "symbol", "price")
COLUMNS = (*REQUIRED, "volume")

_SYMBOL = re.compile(SYMBOL_PATTERN)
_FIRST_YEAR = 1970  # the contract's
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
