"""The alerts of late, for whoever asks, and each new one for whoever listens."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from contracts.alerts import Alert
from contracts.times import parse_time
from gateway.alerts.moment import Queued
from gateway.alerts.store import KEPT_ALERTS

type OnAlert = Callable[[Alert, int], None]
"""Takes an alert, and when it was kept (milliseconds since 1970); must not wait or raise."""


class RecentAlerts:
    """The newest alerts, all of them kept on the disk before they are here."""

    def __init__(self, kept: Iterable[Queued]) -> None:
        self._kept = deque(kept, maxlen=KEPT_ALERTS)
        self._told: list[OnAlert] = []

    def add(self, queued: Queued) -> None:
        """Take in an alert, and tell it."""
        self._kept.append(queued)
        for tell in self._told:
            tell(queued.alert, queued.queued_us // 1000)

    def subscribe(self, tell: OnAlert) -> None:
        """Have the alerts that are kept told, and each from now on."""
        for queued in self._kept:
            tell(queued.alert, queued.queued_us // 1000)
        self._told.append(tell)

    def find(
        self,
        *,
        rule: str | None = None,
        symbol: str | None = None,
        since: datetime | None = None,
        limit: int = KEPT_ALERTS,
    ) -> list[Alert]:
        """Give alerts, newest first; `since` is an aware time that `at` is not before."""
        found = (
            it
            for it in (queued.alert for queued in reversed(self._kept))
            if (rule is None or it.rule == rule)
            and (symbol is None or it.symbol == symbol)
            and (since is None or parse_time(it.at) >= since)
        )
        return list(islice(found, limit))
