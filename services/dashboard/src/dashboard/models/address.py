"""What is shown is kept in the page's address, so that a link opens the same view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from string import ascii_lowercase, ascii_uppercase
from unicodedata import normalize
from urllib.parse import urlencode

from dashboard.models import zones
from dashboard.models.looks import Looks, looks
from dashboard.models.ranges import CUSTOM, LABELS, Range

PAGE = "page"
RANGE = "range"
FROM = "from"
TO = "to"
SYMBOLS = "symbols"
SYMBOL = "symbol"
SOURCES = "sources"
CHART = "chart"
EVERY = "every"
PAUSED = "paused"
ZONE = "tz"
FIND = "find"
THEME = "embed_options"
WALL = "wall"

PAGES = {"market": "Market", "symbol": "Symbol", "alerts": "Alerts", "pipeline": "Pipeline"}
CHARTS = {
    "lines": "Average",
    "candles": "Candles",
    "compare": "Compare",
    "heat": "Price range",
    "table": "Table",
}
REFRESH = {"1": "1 s", "2": "2 s", "5": "5 s", "15": "15 s", "60": "1 min"}
MANY = 8
"""With more symbols than this, the page begins with the first of them only."""


_CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Choice:
    """What the address asks for; None where it asks for nothing, and the default is meant."""

    page: str
    range: str | None
    custom: tuple[datetime, datetime] | None
    chart: str
    every_s: int
    paused: bool
    zone: str
    looks: Looks
    wall: bool


def choice(address: Mapping[str, str]) -> Choice:
    """Read an address; what it cannot mean counts as not there."""
    custom = _custom(address)
    named = address.get(RANGE)
    return Choice(
        page=_one(address, PAGE, PAGES),
        range=named if named in LABELS and (named != CUSTOM or custom) else None,
        custom=custom,
        chart=_one(address, CHART, CHARTS),
        every_s=int(_one(address, EVERY, REFRESH)),
        paused=address.get(PAUSED) == "1",
        zone=_one(address, ZONE, zones.LABELS),
        looks=looks(address),
        wall=address.get(WALL) == "1",
    )


def _one(address: Mapping[str, str], name: str, there: Mapping[str, str]) -> str:
    named = address.get(name, "")
    return named if named in there else next(iter(there))


def _custom(address: Mapping[str, str]) -> tuple[datetime, datetime] | None:
    try:
        begin, end = (_moment(address[name]) for name in (FROM, TO))
    except (KeyError, ValueError, OverflowError):
        return None
    return (begin, end) if _FIRST <= begin < end < _LAST else None


def _moment(text: str) -> datetime:
    day, rest = text[:11], text[11:].replace(" ", "+")  # as a plus arrives that is typed as it is
    found = datetime.fromisoformat(day + rest)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def written(moment: datetime) -> str:
    """Write a time as the address has it: UTC, to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def fixed(shown: Range) -> dict[str, str]:
    """Name a range by its bounds, so that it stays where it is when newer windows come."""
    return {RANGE: CUSTOM, FROM: shown.after.isoformat(), TO: shown.until.isoformat()}


def chosen_symbols(address: Mapping[str, str], there: Sequence[str]) -> list[str]:
    """Give the symbols that the address names, of those that are there; else the first of them."""
    if SYMBOLS not in address:
        return list(there[:MANY])
    named = _symbols(address[SYMBOLS])
    return [symbol for symbol in there if symbol in named]


def chosen_symbol(address: Mapping[str, str], there: Sequence[str]) -> str | None:
    """Give the one symbol that the address names, or the first that is there."""
    (named, *_) = _symbols(address.get(SYMBOL, ""))
    return named if named in there else next(iter(there), None)


def _symbols(text: str) -> list[str]:
    """Read symbols as a person types them.

    In small letters (of A to Z; of others none has any), with a blank behind a comma, and with a
    plus sign as it is, which arrives as a blank: no symbol begins with one.
    """
    typed = normalize("NFC", text).translate(_CAPITALS)
    return [it.lstrip().replace(" ", "+") for it in typed.split(",")]


def chosen_sources(address: Mapping[str, str], there: Sequence[str]) -> list[str]:
    """Give the sources that the address names, of those that are there; where it has none, all."""
    named = [it.strip() for it in address.get(SOURCES, "").split(",")]
    return [source for source in there if source in named] or list(there)


def chosen_theme(address: Mapping[str, str]) -> str:
    """Give the theme that the address names (light, dark; empty: the system's)."""
    named = address.get(THEME, "").removesuffix("_theme")
    return named if named in {"light", "dark"} else ""


def with_theme(address: Mapping[str, str], theme: str) -> str:
    """Give the address of the same view in another theme (light, dark; empty: the system's)."""
    kept = {name: value for name, value in address.items() if name != THEME}
    return "?" + query_of(kept | ({THEME: f"{theme}_theme"} if theme else {}))


def query_of(address: Mapping[str, str]) -> str:
    """Write an address as a link has it."""
    return urlencode(address, safe=",:")
