"""What is shown is kept in the page's address, so that a link opens the same view."""

from collections.abc import Mapping, Sequence

from dashboard.ranges import SPANS

RANGE = "range"
SYMBOLS = "symbols"
MANY = 8
"""With more symbols than this, the page begins with the first of them only."""


def chosen_range(address: Mapping[str, str], default: str) -> str:
    """Give the range that the address names, or the default where it names none."""
    named = address.get(RANGE, "")
    return named if named in SPANS else default


def chosen_symbols(address: Mapping[str, str], there: Sequence[str]) -> list[str]:
    """Give the symbols that the address names, of those that are there; else the first of them."""
    if SYMBOLS not in address:
        return list(there[:MANY])
    named = address[SYMBOLS].upper().split(",")
    return [symbol for symbol in there if symbol in named]
