"""What the lines above a heading say of all rows: a symbol, a zone."""

import re
from collections.abc import Sequence

from producer.errors import InputError
from producer.feeds.replay.columns.names import SYMBOLS_AROUND, normalised
from producer.feeds.replay.values import zones

_TOLD = re.compile(r"[\s#;/%\"']*(?P<name>\w[\w .]*?)\s*[\"']?\s*[:=,;\t]\s*(?P<value>.+)")
_MARKS = " \t\"',;"
_BETWEEN = re.compile(r"[-/_.:=^]")
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9./:=^_-]*", re.ASCII)


def check_symbol(lines: Sequence[str], symbol: str | None) -> None:
    """Raise `InputError` where the lines name another symbol than that which rows are to have."""
    told = _told(lines, SYMBOLS_AROUND)
    if told is None or symbol is None or not _SYMBOL.fullmatch(told):
        return
    if symbol not in {told, *_BETWEEN.split(told)} and _bare(symbol) != _bare(told):
        raise InputError(
            f"REPLAY_FILE: the rows are of {told!r}, as stands above them, and SYMBOLS is"
            f" {symbol!r}; takes SYMBOLS={told}"
        )


def zone(lines: Sequence[str]) -> str | None:
    """Give the zone that the lines name; None where they name none."""
    return _told(lines, zones.NAMES)


def _bare(symbol: str) -> str:
    return _BETWEEN.sub("", symbol)


def _told(lines: Sequence[str], names: frozenset[str] | tuple[str, ...]) -> str | None:
    for line in lines:
        found = _TOLD.fullmatch(line)
        if found and normalised(found["name"]) in names:
            return found["value"].strip(_MARKS)
    return None
