"""Tells what names in JSON documents say of what stands under them: symbols, times, intervals."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from contracts.symbols import SYMBOL_PATTERN
from producer.feeds.replay.checks.series import is_interval, may_be_interval
from producer.feeds.replay.columns.names import NAMES, SYMBOLS_AROUND, normalised
from producer.feeds.replay.values import zones

_SYMBOL = re.compile(SYMBOL_PATTERN)
_SYMBOL_OF_S = re.compile(r"[A-Z][A-Z0-9.:/_-]*", re.ASCII)
_PAIR = re.compile(r"[A-Z0-9]{2,12}[-/_](?:USD[CT]?|EUR|GBP|JPY|KRW|BTC|ETH)", re.ASCII)
_NO_SYMBOLS = {"OK", "NO_DATA", "ERROR", "BUY", "SELL", "B", "S"}
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d|(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d|[1-9]\d{9,12}|[1-9]\d{18})$",
    re.ASCII,
)
"""How names begin that are a time of what stands under them; days and numbers are all of it."""
_MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)
_PART = re.compile(
    r"(?:19|20)\d\d(?:Q[1-4])?|BARS|CANDLES|DATA|HISTORY|ITEMS|OHLCV?|PRICES|QUOTES|RESULTS?|ROWS"
    r"|SERIES|TRADES|VALUES",
    re.ASCII,
)
"""Names within a symbol that are none, though they could be: years, and what its rows are."""


_ORDER = (*NAMES["symbol"], *sorted(zones.NAMES, key=lambda it: "name" not in it))
_PLACES = {name: place for place, name in enumerate(_ORDER)}


def place_of(name: str) -> int:
    """Tell which of several names in one object is preferred, the least first: `symbol`, `pair`."""
    return _PLACES.get(name, len(_PLACES))


def says_symbol(name: str, value: str) -> bool:
    """Tell whether what stands by such a name, as names are compared, is a symbol.

    By an ``s`` it may be, and may be the state of an answer, ``ok``, or a side; by an ``id`` it is
    where it is a pair, as in dYdX' messages.
    """
    if name == "id":
        return bool(_PAIR.fullmatch(value))
    return name in SYMBOLS_AROUND or (
        name == "s" and value not in _NO_SYMBOLS and bool(_SYMBOL_OF_S.fullmatch(value))
    )


def says_zone(name: str, _: str) -> bool:
    """Tell whether what stands by such a name, as names are compared, is the zone of times."""
    return name in zones.NAMES


def told(says: Callable[[str, str], bool], node: Any) -> str | None:
    """Find what names at or below a node say: of an object the preferred one, of several all."""
    return ", ".join(sorted(set(_texts(says, node)))) or None


def _texts(says: Callable[[str, str], bool], node: Any) -> Iterator[str]:
    inner = node.items() if isinstance(node, dict) else (("", it) for it in node)
    here = []
    for name, it in inner:
        if isinstance(it, dict | list):
            yield from _texts(says, it)
        elif isinstance(it, str) and says(normal := normalised(name), it):
            here.append((place_of(normal), it.strip()))
    yield from (text for place, text in here if place == min(here)[0])


def is_time(name: str) -> bool:
    """Tell whether a name is a time of what stands under it."""
    return bool(_TIME.match(name))


@lru_cache(maxsize=1024)
def is_symbol(name: str) -> bool:
    """Tell whether a name is a symbol, and no time, month or interval."""
    other = is_time(name) or is_interval(name) or _MONTH.fullmatch(name)
    return bool(_SYMBOL.match(name)) and not other


def nearer(symbol: str | None, interval: str, name: str) -> tuple[str | None, str]:
    """Give symbol and interval of what stands under a name, from those that stand around it."""
    if symbol and may_be_interval(name):
        return symbol, name
    is_other = is_symbol(name) and not (symbol and _PART.fullmatch(name))
    return (name, "") if is_other else (symbol, interval)
