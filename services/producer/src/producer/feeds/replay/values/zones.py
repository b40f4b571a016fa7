"""Zones that stand behind times, in headings and beside rows: offsets, names, abbreviations."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from producer.feeds.replay.values import clocks
from producer.feeds.replay.values.amounts import is_nothing

NAMES = (
    "timezone", "exchangetimezone", "tz", "tzname", "timezonename", "exchangetimezonename", "tzid",
    "timezoneid", "exchangetz", "markettimezone",
)  # fmt: skip
"""How Alpha Vantage, Twelve Data and others name it, as names are compared."""

PATTERN = (
    r"\s?(?:Z|(?:UTC|GMT)(?:[+-]\d\d?(?::?[0-5]\d)?)?|[+-]\d\d(?::?[0-5]\d)?)"
    r"|\s(?![AP]M\b)(?:[A-Z]{2,5}|[A-Z]+(?:/[A-Z][A-Z0-9_+-]*)+)"
)
"""What may stand behind a time of day, whatever the case of its letters."""

_OFFSET = re.compile(
    r"(?:UTC|GMT)?(?:(?P<sign>[+-])(?P<hours>\d\d?):?(?P<minutes>\d\d)?)?|Z", re.ASCII
)
_WITHIN_YEAR = {
    "EST": "America/New_York", "EDT": "America/New_York",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
    "CET": "Europe/Berlin", "CEST": "Europe/Berlin",
    "EET": "Europe/Helsinki", "EEST": "Europe/Helsinki",
    "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "HKT": "Asia/Hong_Kong",
}  # fmt: skip
"""Abbreviations that one zone only has, each for a part of the year or all of it."""
_ALL_YEAR = {"ET": "America/New_York"}
_NOT_SURE = (
    "is not sure to be one zone; takes an offset such as -05:00, a name such as America/New_York,"
    f" or {', '.join(_WITHIN_YEAR)}"
)
_SHORT = r"[ECMP][SD]?T|CES?T|EES?T|[JKIBH]ST|HKT|SGT|MSK|AE[SD]T"
_UNIT = re.compile(
    rf"[(\[]\s*(?P<zone>(?!START|LAST|INT)[A-Z]{{1,4}}T|(?i:{_SHORT})|[A-Za-z]+/[A-Za-z_/-]+"
    r"|(?i:UTC|GMT)\s?[+-]\s?\d\d?(?::?\d\d)?)\s*[)\]]",
    re.ASCII,
)
_BEHIND = re.compile(
    rf"[\s_,.-]+(?P<zone>{_SHORT}|(?:UTC|GMT)[+-]\d\d?(?::?\d\d)?)$",
    re.ASCII | re.IGNORECASE,
)
"""A zone that stands in a column's name without brackets."""
_OFFSET_NAME = re.compile(r"(?:utc|gmt|tz|(?:time)?zone)off(?:set)?[a-z]*", re.ASCII)
_NO_OFFSET = re.compile(r"(?:UTC|GMT)?[+-]?0{0,2}(?:[:.]?0{1,2}){0,2}|Z", re.ASCII | re.IGNORECASE)
_UTC = re.compile(
    r"(?:Etc/)?(?:UTC|GMT|Z)|UCT|(?:UTC|GMT)?[+-]00?(?::?00)?", re.ASCII | re.IGNORECASE
)
_HOURS = re.compile(r"[+-]\d\d?", re.ASCII)
"""A zone that is told as hours from UTC."""
_BARE = re.compile(
    r".*(?:[TD]|[\s,;])\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[AP]M)?"
    r"|.*\dT\d\d|\d{8}(?:[T;]|\s+)\d{4}(?:\d\d(?:[.,]\d+)?)?|\d{14}",
    re.ASCII | re.IGNORECASE,
)
"""Times with a time of day and no zone."""


def placed(moment: datetime, zone: str) -> datetime:
    """Give a naive time its zone; raises `ValueError` where that leaves not exactly one time."""
    name = zone.upper()
    if offset := _OFFSET.fullmatch(name):
        return moment.replace(tzinfo=_fixed(offset))
    info = _zone(_WITHIN_YEAR.get(name) or _ALL_YEAR.get(name) or zone)
    both = [moment.replace(tzinfo=info, fold=fold) for fold in (0, 1)]
    times = {it.astimezone(UTC) for it in both if name not in _WITHIN_YEAR or it.tzname() == name}
    times = {it for it in times if it.astimezone(info).replace(tzinfo=None, fold=0) == moment}
    if len(times) != 1:
        what = f"{name} at that time" if name in _WITHIN_YEAR else "such time, or has it twice"
        raise ValueError(f"{info.key} has no {what}; takes an offset such as -05:00")
    return times.pop()


def of_heading(name: str) -> str | None:
    """Find the zone that a column's name has behind it: ``Time (EST)``; None for UTC and none."""
    found = _UNIT.search(name) or _BEHIND.search(name.strip())
    return None if found is None or found["zone"] == "GMT" else "".join(found["zone"].split())


def is_offset(name: str) -> bool:
    """Tell by its compared name if a column says how far a row's zone is from UTC."""
    return bool(_OFFSET_NAME.fullmatch(name))


def is_utc(zone: str) -> bool:
    """Tell whether a zone is UTC, which times that name none are of anyway."""
    return bool(_UTC.fullmatch(zone.strip()))


def in_zone(value: Any, zone: Any) -> Any:
    """Write a zone behind a time of day that names none; other values stay as they are.

    So does every value where `zone` is no text, or an empty one.
    """
    zone = zone.strip() if isinstance(zone, str) else ""
    zone = f"UTC{zone}" if _HOURS.fullmatch(zone) else "UTC" if zone == "0" else zone
    return f"{value.strip()} {zone}" if zone and is_bare(value) else value


def is_bare(value: Any) -> bool:
    """Tell whether a value is a time with its time of day that names no zone."""
    text = value.strip() if isinstance(value, str) else ""
    digits = clocks.find(text)
    return not digits["behind"] if digits else bool(_BARE.fullmatch(text))


def why_not_utc(value: Any, offset: Any) -> str | None:
    """Say why a time without a zone, beside an offset, is not sure to be UTC; None where it is.

    Such a time may be that of the offset, or UTC with the offset told besides.
    """
    told = "" if offset is None else str(offset).strip()
    if is_nothing(told) or _NO_OFFSET.fullmatch(told) or not is_bare(value):
        return None
    return (
        f"its time names no zone, and the offset beside it is {told!r}: takes"
        " 2024-01-31T15:30:00-05:00, or times that are UTC by REPLAY_COLUMNS=time=NAME"
    )


def _fixed(found: re.Match[str]) -> timezone:
    if not found["sign"]:
        return UTC
    ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(-ahead if found["sign"] == "-" else ahead)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        if "/" in name:
            return ZoneInfo(name)
    except (LookupError, OSError):
        pass
    raise ValueError(f"{name} {_NOT_SURE}")
