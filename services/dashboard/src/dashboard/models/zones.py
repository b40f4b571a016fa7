"""The time zone that times are shown in: the market's, the reader's own, or UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

type ZoneName = Literal["utc", "market", "local"]

LABELS: dict[str, str] = {"utc": "UTC", "market": "Market", "local": "Local"}
_EXCHANGE = "America/New_York"
_ROUND_THE_CLOCK = frozenset({"binance"})
_HOUR_MS = 3_600_000.0


@dataclass(frozen=True)
class Zone:
    """A time zone and how it is called where it has one name for all times."""

    info: tzinfo

    def label(self, at: datetime) -> str:
        """Name the zone at a time, such as UTC or EST."""
        return at.astimezone(self.info).tzname() or "UTC"

    def shifted(self, milliseconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move times since 1970 so that a chart, which knows UTC only, shows this zone's clock."""
        if self.info is UTC:
            return milliseconds
        hours, place = np.unique(milliseconds // _HOUR_MS, return_inverse=True)
        offsets = np.array([self._offset_ms(hour * _HOUR_MS) for hour in hours])
        return milliseconds + offsets[place] if len(hours) else milliseconds

    def _offset_ms(self, milliseconds: float) -> float:
        if np.isnan(milliseconds):
            return np.nan
        offset = datetime.fromtimestamp(milliseconds / 1000, self.info).utcoffset()
        return offset.total_seconds() * 1000 if offset else 0.0


IN_UTC = Zone(UTC)


def zone_of(name: str, local: str | None, sources: Iterable[str]) -> Zone:
    """Give the zone of a name; `local` is the reader's.

    The market's is New York's, and UTC where all prices are of one that never closes.
    """
    if name == "local" and local:
        return _named(local)
    if name == "market" and set(sources) - _ROUND_THE_CLOCK:
        return _named(_EXCHANGE)
    return IN_UTC


@cache
def _named(name: str) -> Zone:
    try:
        return Zone(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError):
        return IN_UTC
