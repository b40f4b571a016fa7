"""The minutes in which recently received windows began: of a job that was away they are old."""

from datetime import UTC, datetime

from contracts.window import Window
from gateway.live.retained import KEPT_MS

_MINUTE_MS = 60_000
_KEPT_MINUTES = KEPT_MS // _MINUTE_MS
_TO_MINUTE = len("2026-01-02T15:04")
_MOST = 20_000


class Arrivals:
    """Notes by the minute in which the broker received windows when they began, for an hour.

    Bounded too: the oldest make room, where windows of more than some weeks come within the hour.
    """

    def __init__(self) -> None:
        self._begun: dict[int, dict[str, None]] = {}  # each in the order in which they came
        self._count = 0

    def add(self, at_ms: int, window: Window) -> None:
        """Note a window."""
        at, newest = at_ms // _MINUTE_MS, max(self._begun, default=0)
        if at < newest - _KEPT_MINUTES:
            at = newest  # the broker's clock was set back: what comes now is the newest
        begun = self._begun.setdefault(at, {})
        minute = window.window_start[:_TO_MINUTE]
        if minute not in begun:
            begun[minute] = None
            self._count += 1
            self._make_room()

    def since(self, at_ms: int) -> set[datetime]:
        """Give the minutes in which windows began that the broker received since then."""
        first = at_ms // _MINUTE_MS - 1  # those of other partitions may be a little older
        some = (begun for at, begun in self._begun.items() if at >= first)
        return {datetime.fromisoformat(it).replace(tzinfo=UTC) for begun in some for it in begun}

    def _make_room(self) -> None:
        oldest_kept = max(self._begun) - _KEPT_MINUTES
        while (oldest := min(self._begun)) < oldest_kept:
            self._count -= len(self._begun.pop(oldest))
        if self._count > _MOST:
            begun = self._begun[oldest]
            del begun[next(iter(begun))]
            self._count -= 1
            if not begun:
                del self._begun[oldest]
