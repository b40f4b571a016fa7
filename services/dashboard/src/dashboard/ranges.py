"""The ranges of time that the page can show, counted back from the newest window."""

from collections.abc import Mapping
from datetime import timedelta

SPANS: Mapping[str, timedelta | None] = {
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "all": None,
}
"""Each range's length by its name in the address; None is all there is."""

LABELS: Mapping[str, str] = {
    "5m": "5 min",
    "15m": "15 min",
    "1h": "1 h",
    "6h": "6 h",
    "24h": "24 h",
    "all": "All",
}
_OLD = timedelta(days=1)


def default_range(age: timedelta | None) -> str:
    """Choose a range for windows that are `age` old: of the past, all; of now, 15 minutes."""
    return "all" if age is not None and age > _OLD else "15m"
