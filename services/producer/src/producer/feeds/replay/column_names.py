"""The names that tools give to columns, and which of a file's columns has one of them."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from producer.errors import InputError
from producer.feeds.replay.dates import plain
from producer.settings import Role

NAMES: dict[Role, tuple[str, ...]] = {
    "time": (
        "time", "datetime", "timestamp", "ts", "t", "opentime", "windowstart", "starttime",
        "transacttime", "tradetime", "eventtime", "tsevent", "participanttimestamp",
        "siptimestamp", "createdtime", "snappedat", "gmttime", "localtime", "unixtime", "unix",
        "epoch", "date", "day", "tradedate",
    ),
    "symbol": (
        "symbol", "ticker", "tickersymbol", "s", "sym", "instrument", "instrumentname", "pair",
        "security", "productid",
    ),
    "price": (
        "price", "close", "last", "closeprice", "closingprice", "lastprice", "tradeprice",
        "close/last", "latest", "p", "c", "px", "adjclose",
    ),
    "volume": (
        "volume", "vol", "v", "q", "qty", "quantity", "size", "amount", "tradevolume",
        "totalvolume", "tickvol",
    ),
}  # fmt: skip
"""Usual names in order of preference, in small letters, without blanks and marks between words."""

_DATES = ("date", "day", "tradedate")
_CLOCKS = ("time", "timeofday")
_CLOCK = re.compile(
    r"\d\d?:\d\d(:\d\d([.,]\d+)?)?(\s?[AP]M)?(\s?(Z|UTC|GMT|[+-]\d\d(:?\d\d)?))?|\d{4}|\d{6}",
    re.ASCII | re.IGNORECASE,
)
_INDEX = ("", "unnamed:0", "indexlevel0")
"""How pandas writes an index that has no name."""
LETTERS: tuple[tuple[str, dict[Role, str]], ...] = (
    ("eETspq", {"time": "T", "symbol": "s", "price": "p", "volume": "q"}),
    ("Tpqm", {"time": "T", "price": "p", "volume": "q"}),
    ("TStps", {"time": "t", "symbol": "S", "price": "p", "volume": "s"}),
    ("txps", {"time": "t", "price": "p", "volume": "s"}),
)
"""Names of one letter that a provider uses together: Binance's (streams, REST), Alpaca's."""

_UNIT = re.compile(r"[(\[].*[)\]]")
_BETWEEN = re.compile(r"[\s_.\-]+")
_NUMBER = re.compile(r"\d\d?[a-z]?\.\s+", re.ASCII)
"""What Alpha Vantage's JSON writes before names: ``4. close``."""
_SHOWN = 20


class NoColumnsError(InputError):
    """The columns that a row must have are not there."""


def normalised(name: str) -> str:
    """Bring a name to how it is compared: ``<Vol.>`` and ``VOL`` are the same."""
    name = name[it.end() :] if (it := _NUMBER.match(name)) else name
    return _BETWEEN.sub("", name.strip().strip("\"'<>*\ufeff").strip().casefold()) or name.strip()


def shown(names: Iterable[str]) -> str:
    """Show what columns there are."""
    some = list(names)
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    return ", ".join(repr(it[:_SHOWN]) for it in some[:_SHOWN]) + more or "none"


def usual(role: Role, names: Sequence[str], normal: Sequence[str], *, letters: bool) -> int | None:
    """Find the first of the usual names that is there; of one letter only with `letters`.

    Where none is, those with a unit behind them count, such as ``Close (USD)``.
    """
    taken = [it for it in NAMES.get(role, ()) if letters or len(it) > 1]
    if name := next((it for it in taken if it in normal), None):
        return _only(names, normal, name)
    bare = [_UNIT.sub("", it) for it in normal]
    return next((bare.index(it) for it in taken if bare.count(it) == 1), None)


def named(names: Sequence[str], wanted: str) -> int:
    """Find a column by its name as it stands there, or else as names are compared."""
    exact = [name.strip() for name in names]
    if wanted in exact:
        return _only(names, exact, wanted)
    normal = [normalised(name) for name in names]
    if normalised(wanted) in normal:
        return _only(names, normal, normalised(wanted))
    raise NoColumnsError(
        f"REPLAY_COLUMNS: got {wanted!r}, takes a column of the file: {shown(names)}"
    )


def _only(names: Sequence[str], among: Sequence[str], name: str) -> int:
    """Find the only column of a name; of names of one letter ``t`` comes before ``T``."""
    if len(name) == 1 and names.count(name) == 1:
        return names.index(name)
    if among.count(name) > 1:
        raise InputError(
            f"REPLAY_FILE: the column {name!r} is there {among.count(name)} times, takes one of"
            " each name"
        )
    return among.index(name)


def day_and_clock(
    names: Sequence[str], normal: Sequence[str], row: Sequence[Any]
) -> dict[Role, int]:
    """Find a date and a time of day beside each other."""
    day = next((it for it in _DATES if it in normal), None)
    clock = next((it for it in _CLOCKS if it in normal), None)
    if day is None or clock is None:
        return {}
    place = _only(names, normal, clock)
    if place >= len(row) or not _CLOCK.fullmatch(str(row[place]).strip()):
        return {}
    return {"date": _only(names, normal, day), "time": place}


def index(normal: Sequence[str], row: Sequence[Any]) -> dict[Role, int]:
    """Find pandas' index that has no name, if it holds times."""
    place = next((n for n, name in enumerate(normal) if name in _INDEX), len(row))
    return {"time": place} if place < len(row) and _is_time(row[place]) else {}


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, datetime) or plain(str(value).strip()) is not None
    except ValueError:
        return False
