"""The names that tools give to columns, and which of a file's columns has one of them."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from contracts.settings import SettingError
from producer.settings import Role

NAMES: dict[Role, tuple[str, ...]] = {
    "time": (
        "timemsc", "timestampms", "time", "datetime", "date/time", "timestamp", "ts", "t",
        "opentime", "windowstart", "starttime", "transacttime", "tradetime", "eventtime", "tsevent",
        "participanttimestamp", "siptimestamp", "createdtime", "snappedat", "gmttime", "localtime",
        "unixtimestamp", "unixtime", "unix", "epoch", "date", "day", "tradedate", "dtyyyymmdd",
        "observationdate", "beginsat", "regularmarkettime",
    ),
    "symbol": (
        "symbol", "ticker", "tickersymbol", "s", "sym", "instrument", "instrumentname", "pair",
        "security", "productid", "instid", "tscode", "tic", "tradingsymbol",
    ),
    "price": (
        "price", "close", "last", "closeprice", "closingprice", "lastprice", "tradeprice",
        "close/last", "latest", "p", "c", "px", "pxlast", "midc", "ltp", "regularmarketprice",
        "adjclose",
    ),
    "volume": (
        "size", "volume", "vol", "v", "q", "qty", "quantity", "sz", "amount", "tradevolume",
        "periodvolume", "totalvolume", "volumefrom", "numberofshares", "noofshares", "tottrdqty",
        "ttltradgvol", "ttltrdqnty", "realvolume", "tickvolume", "tickvol",
    ),
}  # fmt: skip
"""Usual names in order of preference, in small letters, without blanks and marks between words."""
SYMBOLS_AROUND = frozenset(it for it in NAMES["symbol"] if len(it) > 1)
"""Names by which a symbol stands around rows: a single ``s`` is the state of an answer, ``ok``."""

_MAYBE_SYMBOLS = (
    "name", "code", "market", "product", "contract", "coin", "asset", "stock", "company", "isin",
    "cusip", "figi", "ric", "#ric", "wkn", "sedol", "symroot", "permno", "conid", "gvkey", "epic",
    "secid", "tckrsymb", "underlying", "underlyingsymbol", "currencypair", "tradingpair",
    "commodity", "fund", "futures", "seriesid", "scrip", "scripcode", "scripname", "sccode",
    "scname", "mnemonic", "securitydesc", "indexname", "optionsymbol", "occsymbol",
)  # fmt: skip
_MAYBE_SYMBOL = re.compile(
    r"(?:asset|coin|company|contract|crypto|instrument|market|product|securit(?:y|ies)|stock|symbol"
    r"|ticker|token)(?:code|id|name|symbol|ticker)"
)
"""Names of columns that may say what a row is of, though not by its symbol."""
_CURRENCIES = {"currency", "currencycode", "basecurrency", "baseasset"}
"""Names of columns that say it where no other does: else they are of the price."""
_IDS = {"id", "index", "base", "basesymbol", "fromsymbol", "fromcurrency", "fsym"}
_SYMBOL = re.compile(r"[A-Z^][A-Z0-9.\-=^:/]{0,11}", re.ASCII)
"""What stands in columns of these names where they name shares, as in those of Yahoo's streams."""

_UNIT = re.compile(r"[(\[].*[)\]]")
_BETWEEN = re.compile(r"[\s_.\-]+")
_NUMBER = re.compile(r"\d\d?[a-z]?\.\s+", re.ASCII)
"""What Alpha Vantage's JSON writes before names: ``4. close``."""
_SHOWN = 20


class NoColumnsError(SettingError):
    """The columns that a row must have are not there; `any_names` tells whether others are.

    It says what the file has, without the file's name. `time_is_there` tells that a time is.
    """

    def __init__(self, why: str, *, any_names: bool = True, time_is_there: bool = False) -> None:
        super().__init__(why)
        self.any_names = any_names
        self.time_is_there = time_is_there


def normalised(name: str) -> str:
    """Bring a name to how it is compared: ``<Vol.>`` and ``VOL`` are the same."""
    name = name[it.end() :] if (it := _NUMBER.match(name)) else name
    return _BETWEEN.sub("", name.strip().strip("\"'<>*\ufeff").strip().casefold()) or name.strip()


def shown(names: Iterable[str]) -> str:
    """Show what columns there are."""
    some = list(names)
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    return ", ".join(repr(it[:_SHOWN]) for it in some[:_SHOWN]) + more or "none"


def usual(taken: Sequence[str], names: Sequence[str], normal: Sequence[str]) -> int | None:
    """Find the column that has the first of the names `taken`, in order of preference.

    Where none is there, those with a unit behind them count, such as ``Close (USD)``.
    """
    if name := next((it for it in taken if it in normal), None):
        return _only(names, normal, name)
    bare = [_UNIT.sub("", it) for it in normal]
    return next((bare.index(it) for it in taken if bare.count(it) == 1), None)


def doubtful_symbols(normal: Sequence[str], row: Sequence[Any]) -> tuple[int, ...]:
    """Find the columns that may name what each row is of."""
    known = [normal.index(it) for it in _MAYBE_SYMBOLS if it in normal]
    others = [n for n, it in enumerate(normal) if _MAYBE_SYMBOL.fullmatch(it)]
    values = enumerate(zip(normal, map(str, row), strict=False))
    by_value = [n for n, (it, value) in values if it in _IDS and _SYMBOL.fullmatch(value.strip())]
    currencies = [n for n, it in enumerate(normal) if it in _CURRENCIES]
    return tuple(dict.fromkeys([*known, *others] or by_value or currencies))


def named(names: Sequence[str], wanted: str) -> int:
    """Find a column by its name as it stands there, or else as names are compared."""
    exact = [name.strip() for name in names]
    if wanted in exact:
        return _only(names, exact, wanted)
    normal = [normalised(name) for name in names]
    if normalised(wanted) in normal:
        return _only(names, normal, normalised(wanted))
    raise NoColumnsError(
        f"has no column {wanted!r}, which REPLAY_COLUMNS names: it has {shown(names)}",
        any_names=bool(names),
    )


def _only(names: Sequence[str], among: Sequence[str], name: str) -> int:
    """Find the only column of a name; of names of one letter ``t`` comes before ``T``."""
    if len(name) == 1 and names.count(name) == 1:
        return names.index(name)
    if among.count(name) > 1:
        raise SettingError(
            f"REPLAY_FILE: the column {name!r} is there {among.count(name)} times, takes one of"
            " each name"
        )
    return among.index(name)
