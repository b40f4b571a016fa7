"""Tells which column of volume counts what a symbol trades, not what it is paid with."""

import re
from collections.abc import Sequence

_UNIT = r"[a-z0-9]{2,12}"
_IN_UNITS = re.compile(rf"volume(?:(?P<bare>{_UNIT})|[(\[](?P<marked>{_UNIT})[)\]])", re.ASCII)
_IN_OTHERS = re.compile(r".*[(\[](?!(?:shares?|units?|contracts?|coins?|base)[)\]])")
_BETWEEN = re.compile(r"[-/_.]")


def counts(name: str) -> bool:
    """Tell by its compared name if a volume is a count, and not in money, thousands or lots."""
    return not _IN_OTHERS.match(name)


def of_base(normal: Sequence[str], symbol: str) -> int | None:
    """Find the volume of a symbol's base: of ``Volume BTC`` and ``Volume USDT`` BTCUSDT's is BTC.

    `normal` are names as they are compared. None unless exactly one can be it; without brackets
    what is behind ``Volume`` is a unit only where there are several.
    """
    found = [(place, it) for place, name in enumerate(normal) if (it := _IN_UNITS.fullmatch(name))]
    units = {
        (it["marked"] or it["bare"]).upper(): place
        for place, it in found
        if it["marked"] or len(found) > 1
    }
    pair = _BETWEEN.sub("", symbol.strip().rpartition(":")[2].upper())
    whole = [unit for unit in units if pair.removeprefix(unit) in units.keys() - {unit}]
    bases = whole or [unit for unit in units if pair.startswith(unit)]
    return units[bases[0]] if len(bases) == 1 else None
