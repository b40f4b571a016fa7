"""What is shown is kept in the page's address, so that a link opens the same view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from dashboard.models import zones
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
THEME = "embed_options"

PAGES = {"market": "Market", "symbol": "Symbol", "pipeline": "Pipeline"}
CHARTS = {
    "lines": "Average",
    "candles": "Candles",
    "compare": "Compare",
    "heat": "Volatility",
    "table": "Table",
}
REFRESH = {"1": "1 s", "2": "2 s", "5": "5 s", "15": "15 s", "60": "1 min"}
MANY = 8
"""With more symbols than this, the page begins with the first of them only."""


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
    )


def _one(address: Mapping[str, str], name: str, there: Mapping[str, str]) -> str:
    named = address.get(name, "")
    return named if named in there else next(iter(there))


def _custom(address: Mapping[str, str]) -> tuple[datetime, datetime] | None:
    try:
        begin, end = (datetime.fromisoformat(address[name]) for name in (FROM, TO))
    except (KeyError, ValueError):
        return None
    begin, end = (it if it.tzinfo else it.replace(tzinfo=UTC) for it in (begin, end))
    return (begin.astimezone(UTC), end.astimezone(UTC)) if begin < end else None


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
    named = address[SYMBOLS].upper().split(",")
    return [symbol for symbol in there if symbol in named]


def chosen_symbol(address: Mapping[str, str], there: Sequence[str]) -> str | None:
    """Give the one symbol that the address names, or the first that is there."""
    named = address.get(SYMBOL, "").upper()
    return named if named in there else next(iter(there), None)


def chosen_sources(address: Mapping[str, str], there: Sequence[str]) -> list[str]:
    """Give the sources that the address names, of those that are there; else all."""
    if SOURCES not in address:
        return list(there)
    return [source for source in there if source in address[SOURCES].split(",")]


def chosen_theme(address: Mapping[str, str]) -> str:
    """Give the theme that the address names (light, dark; empty: the system's)."""
    named = address.get(THEME, "").removesuffix("_theme")
    return named if named in {"light", "dark"} else ""


def with_theme(address: Mapping[str, str], theme: str) -> str:
    """Give the address of the same view in another theme (light, dark; empty: the system's)."""
    kept = {name: value for name, value in address.items() if name != THEME}
    return "?" + urlencode(kept | ({THEME: f"{theme}_theme"} if theme else {}), safe=",:")
