"""Times of documents that say beside their rows in which zone these are."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

NAMES = ("timezone", "exchangetimezone")
"""How Alpha Vantage and Twelve Data name it, as names are compared."""

_DAY = len("2024-01-02")


def in_zone(value: Any, zone: str) -> Any:
    """Give a time of day with its zone's offset; as it is where it is a day, or of no zone.

    One that cannot be placed there comes out with the zone's name behind it, which is no time.
    """
    text = value.strip() if isinstance(value, str) else ""
    if len(text) <= _DAY or text.replace(".", "", 1).isdigit():
        return value
    try:
        moment = datetime.fromisoformat(text)
        placed = moment if moment.tzinfo else moment.replace(tzinfo=_zone(zone))
    except (ValueError, LookupError, OSError):
        return f"{text} {zone}"
    return placed.isoformat()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
