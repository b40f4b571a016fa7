"""Which column of a file is what: by the names that tools give, or as `REPLAY_COLUMNS` says."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from producer.errors import InputError
from producer.feeds.replay.dates import plain
from producer.settings import ROLES, Role

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
_LETTERS: tuple[tuple[str, dict[Role, str]], ...] = (
    ("eETspq", {"time": "T", "symbol": "s", "price": "p", "volume": "q"}),
    ("Tpqm", {"time": "T", "price": "p", "volume": "q"}),
    ("TStps", {"time": "t", "symbol": "S", "price": "p", "volume": "s"}),
    ("txps", {"time": "t", "price": "p", "volume": "s"}),
)
"""Names of one letter that a provider uses together: Binance's (streams, REST), Alpaca's."""

_UNIT = re.compile(r"[(\[].*[)\]]")
_BETWEEN = re.compile(r"[\s_.\-]+")
_SHOWN = 20
_OPTIONAL: tuple[Role, ...] = ("symbol", "volume", "date")


class NoColumnsError(InputError):
    """The columns that a row must have are not there."""


class Choice(NamedTuple):
    """Where a row's values stand, by place.

    `date` is where the day stands, if the time is one of day; `name` is the symbol of all rows, if
    no column has it.
    """

    time: int
    price: int
    symbol: int | None = None
    volume: int | None = None
    date: int | None = None
    name: str | None = None

    def described(self, names: Sequence[str]) -> dict[str, str]:
        """Tell which columns were taken."""
        taken = {"date": self.date, "time": self.time, "symbol": self.symbol,
                 "price": self.price, "volume": self.volume}  # fmt: skip
        return {role: names[place] for role, place in taken.items() if place is not None}


def choose(names: Sequence[str], wanted: Mapping[Role, str], row: Sequence[Any]) -> Choice:
    """Choose the columns, as wanted or by their usual names; `row` are the first row's values.

    Raises `NoColumnsError` where time or price has none, else `InputError`; both say what is
    there and what is taken.
    """
    normal = [normalised(name) for name in names]
    letters = next((roles for all_of, roles in _LETTERS if set(all_of) <= set(names)), {})
    places: dict[Role, int] = {}
    for role in ROLES:
        if role in wanted:
            places[role] = _named(names, wanted[role])
        elif role in letters:
            places[role] = names.index(letters[role])
        elif (place := _usual(role, names, normal, letters=not letters)) is not None:
            places[role] = place
    if "time" not in wanted and "date" not in places:
        places |= _day_and_clock(names, normal, row)
    if "time" not in places:
        places |= _index(normal, row)
    if "time" not in places or "price" not in places:
        raise _missing(names, [it for it in ("time", "price") if it not in places])
    return _choice(places)


def with_symbol(choice: Choice, names: Sequence[str], symbol: str | None) -> Choice:
    """Give rows without a symbol the one asked for; raises `InputError` where there is none."""
    if choice.symbol is not None:
        return choice
    if symbol is None:
        raise InputError(
            f"REPLAY_FILE: no column for symbol: it has {shown(names)}; takes"
            f" {', '.join(NAMES['symbol'])}, another by REPLAY_COLUMNS=symbol=NAME, or SYMBOLS=NAME"
            " for a file of that one symbol"
        )
    return choice._replace(name=symbol)


def placed(wanted: Mapping[Role, str], width: int) -> Choice:
    """Give the columns of a file without heading, by place; raises `InputError`."""
    places = {role: int(place) - 1 for role, place in wanted.items()}
    if max(places.values()) >= width:
        raise InputError(
            f"REPLAY_COLUMNS: got place {max(places.values()) + 1}, takes one of the {width} of the"
            " file's first line"
        )
    if "time" not in places or "price" not in places:
        raise InputError(
            f"REPLAY_COLUMNS: got {', '.join(places)}, takes places for time and price at least"
        )
    return _choice(places)


def are_places(wanted: Mapping[Role, str]) -> bool:
    """Tell whether columns are wanted by place, so that there is no heading."""
    return bool(wanted) and all(it.isdecimal() for it in wanted.values())


def normalised(name: str) -> str:
    """Bring a name to how it is compared: ``<Vol.>`` and ``VOL`` are the same."""
    return _BETWEEN.sub("", name.strip().strip("\"'<>*\ufeff").strip().casefold()) or name.strip()


def shown(names: Iterable[str]) -> str:
    """Show what columns there are."""
    some = list(names)
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    return ", ".join(repr(it[:_SHOWN]) for it in some[:_SHOWN]) + more or "none"


def _choice(places: Mapping[Role, int]) -> Choice:
    symbol, volume, date = (places.get(role) for role in _OPTIONAL)
    return Choice(places["time"], places["price"], symbol, volume, date)


def _usual(role: Role, names: Sequence[str], normal: Sequence[str], *, letters: bool) -> int | None:
    """Find the first of the usual names that is there; of one letter only with `letters`.

    Where none is, those with a unit behind them count, such as ``Close (USD)``.
    """
    taken = [it for it in NAMES.get(role, ()) if letters or len(it) > 1]
    if name := next((it for it in taken if it in normal), None):
        return _only(names, normal, name)
    bare = [_UNIT.sub("", it) for it in normal]
    return next((bare.index(it) for it in taken if bare.count(it) == 1), None)


def _named(names: Sequence[str], wanted: str) -> int:
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


def _day_and_clock(
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


def _index(normal: Sequence[str], row: Sequence[Any]) -> dict[Role, int]:
    """Find pandas' index that has no name, if it holds times."""
    place = next((n for n, name in enumerate(normal) if name in _INDEX), len(row))
    return {"time": place} if place < len(row) and _is_time(row[place]) else {}


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, datetime) or plain(str(value).strip()) is not None
    except ValueError:
        return False


def _missing(names: Sequence[str], roles: Sequence[Role]) -> NoColumnsError:
    taken = "; ".join(f"{role}: {', '.join(NAMES[role])}" for role in roles)
    return NoColumnsError(
        f"REPLAY_FILE: no column for {' and '.join(roles)}: it has {shown(names)}; takes {taken};"
        f" others by REPLAY_COLUMNS={','.join(f'{role}=NAME' for role in roles)}, by place where"
        " there is no heading: REPLAY_COLUMNS=1=time,5=price"
    )
