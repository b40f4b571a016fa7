"""What the lines above a heading say of all rows: a symbol, a zone."""

import re
from collections.abc import Sequence

from producer.feeds.replay.columns.names import SYMBOLS_AROUND, normalised
from producer.feeds.replay.values import zones

_TOLD = re.compile(r"[\s#;/%\"']*(?P<name>\w[\w .]*?)\s*[\"']?\s*[:=,;\t]\s*(?P<value>.+)")
_MORE = re.compile(r"\s+\(.*\)$")
"""What stands behind a zone or a symbol to say the same once more: ``UTC (Universal Time)``."""
_MARKS = " \t\"',;"


def symbol(lines: Sequence[str]) -> str | None:
    """Give the symbol that the lines name; None where they name none."""
    return _told(lines, SYMBOLS_AROUND)


def zone(lines: Sequence[str]) -> str | None:
    """Give the zone that the lines name; None where they name none."""
    return _told(lines, zones.NAMES)


def _told(lines: Sequence[str], names: frozenset[str] | tuple[str, ...]) -> str | None:
    for line in lines:
        found = _TOLD.fullmatch(line)
        if found and normalised(found["name"]) in names:
            return _MORE.sub("", found["value"].strip(_MARKS))
    return None
