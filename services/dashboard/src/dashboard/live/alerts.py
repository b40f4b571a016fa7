"""The newest alerts, each once."""

from collections.abc import Iterable
from datetime import datetime

from contracts.alerts import Alert

MOST = 500


class Alerts:
    """The newest 500 alerts, which may be read from anywhere.

    `newest` are all, the newest first; `came` those that came while the server ran, in their order,
    each with when, of which `count` is how many there were in all. Before any are `known` the
    gateway has not said what there is.
    """

    def __init__(self) -> None:
        self.newest: tuple[Alert, ...] = ()
        self.came: tuple[tuple[datetime, Alert], ...] = ()
        self.count = 0
        self.known = False

    def know(self, alerts: Iterable[Alert]) -> None:
        """Take in alerts of before."""
        by_id = {it.alert_id: it for it in (*self.newest, *alerts)}
        ordered = sorted(by_id.values(), key=lambda it: (it.at, it.alert_id), reverse=True)
        self.newest, self.known = tuple(ordered[:MOST]), True

    def add(self, alert: Alert, came_at: datetime) -> bool:
        """Take in an alert that comes; False for one that was there already."""
        # One of recorded prices may be older than all that are listed, and come twice too.
        came = (it for _, it in self.came)
        if any(it.alert_id == alert.alert_id for it in (*self.newest, *came)):
            return False
        self.know([alert])
        self.came = (*self.came, (came_at, alert))[-MOST:]
        self.count += 1
        return True

    def since(self, count: int, after: datetime) -> list[Alert]:
        """Give those that came since there were so many, and after a time, the newest last."""
        fresh = self.count - count
        came = self.came[-fresh:] if fresh > 0 else ()
        return [alert for at, alert in came if at > after]
