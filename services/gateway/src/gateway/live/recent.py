"""The last hour's final windows and alerts, for readers that come back."""

from collections.abc import Container, Iterator
from heapq import merge
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from gateway.live.retained import Entry, Retained

MOST_BYTES = 32 * 1024 * 1024
MOST_ALERT_BYTES = 4 * 1024 * 1024
_DISORDER_MS = 5_000
"""Several partitions are read beside each other: by so much their records may be out of order."""
_order = attrgetter("order")


class Position(NamedTuple):
    """How far a reader is: the numbers of the window and of the alert that come next."""

    window: int
    alert: int


class Recent:
    """Windows and alerts in the order in which they came, each kind numbered from 0 on.

    Each has a bound of its own, so that many windows push out no alert. What has an id that is
    there already is left out.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        bounds = {"window": most_bytes, "alert": MOST_ALERT_BYTES}
        self._of = {kind: Retained(kind, bound) for kind, bound in bounds.items()}
        self._next_order = self._given_from = 0

    @property
    def first(self) -> Position:
        """Where a reader is that is to have all that is kept."""
        return Position(self._of["window"].first, self._of["alert"].first)

    @property
    def next(self) -> Position:
        """Where a reader is that is to have what comes from now on."""
        return Position(self._of["window"].next, self._of["alert"].next)

    def first_window_ms(self) -> int | None:
        """Tell when the broker received the oldest window; None where there is none."""
        return next((entry.at_ms for entry in self._of["window"]), None)

    def last_window_ms(self, position: Position) -> int:
        """Tell when the broker received the last window before a position; 0 where none is kept."""
        return self._of["window"].at_ms(position.window - 1)

    def last_id(self, kinds: Container[str]) -> str | None:
        """Give the id of what came last of some kinds; None where none is kept."""
        newest = (of.last for kind, of in self._of.items() if kind in kinds)
        last = max(filter(None, newest), key=_order, default=None)
        return last.id if last else None

    def add(self, id_: str, at_ms: int, kind: str, symbol: str | None, message: bytes) -> None:
        """Keep one more."""
        if id_ not in self._of[kind]:
            self._of[kind].add(id_, self._next_order, at_ms, symbol, message)
            self._next_order += 1

    def put_in_order(self) -> None:
        """Sort what came so far by when it was received: before anybody is given windows.

        Readers that had some of it had it before a restart, in another order. Alerts stay in
        theirs, which a restart does not change, also where the clock was set back: some are given.
        """
        windows, alerts = self._of["window"], self._of["alert"]
        in_turn = accumulate(alerts, lambda last, it: it._replace(at_ms=max(last.at_ms, it.at_ms)))
        by_time = sorted(merge(windows, in_turn, key=_order), key=attrgetter("at_ms"))
        ordered = [entry._replace(order=order) for order, entry in enumerate(by_time)]
        for kind, of in self._of.items():
            of.put_in(it for it in ordered if it.kind == kind)
        self._given_from = self._next_order

    def since(self, position: Position, kinds: Container[str]) -> Iterator[Entry]:
        """Give those of some kinds from a position on."""
        some = [
            of.since(number)
            for (kind, of), number in zip(self._of.items(), position, strict=True)
            if kind in kinds and number < of.next
        ]
        return some[0] if len(some) == 1 else merge(*some, key=_order)

    def after(self, id_: str) -> Position:
        """Give where a reader is whose last was `id_`.

        Where that was given out in another order (before a restart), others than its own partition
        may have come between: those received since a little before it are given, some of which it
        may have had; so are all where it is not among them. Of alerts it had those before one that
        it had. Raises `ValueError` for what is no id.
        """
        position, is_alert = self._after(id_), id_ in self._of["alert"]
        return position._replace(alert=self.alert_after(id_)) if is_alert else position

    def alert_after(self, id_: str) -> int:
        """Give the number of the alert that comes next for a reader whose last was `id_`.

        Without windows there is one order, that of before a restart too. Raises `ValueError`.
        """
        alerts, since_ms = self._of["alert"], time_of(id_) - _DISORDER_MS
        if (last := alerts.find(id_)) is not None:
            return alerts.behind(last.order)
        since = (number for number, it in enumerate(alerts, alerts.first) if it.at_ms >= since_ms)
        return next(since, alerts.next)

    def _after(self, id_: str) -> Position:
        at_ms = time_of(id_)
        last = next(filter(None, (of.find(id_) for of in self._of.values())), None)
        last_order = -1 if last is None else last.order
        if last_order >= self._given_from:
            return self._behind(last_order)
        for entry in self._since_time(at_ms - _DISORDER_MS):
            had = entry.order <= last_order and _partition_of(entry.id) == _partition_of(id_)
            if entry.at_ms >= at_ms - _DISORDER_MS and not had:
                return self._behind(entry.order - 1)
        return self.next

    def _since_time(self, at_ms: int) -> Iterator[Entry]:
        """Give those since a time, and of those that came after the order was made, all."""
        some = (of.since_time(at_ms, self._given_from) for of in self._of.values())
        return merge(*some, key=_order)

    def _behind(self, order: int) -> Position:
        return Position(self._of["window"].behind(order), self._of["alert"].behind(order))


def _partition_of(id_: str) -> str:
    return id_.split("-", 2)[1]


def time_of(id_: str) -> int:
    """Read when the broker received what has this id; raises `ValueError` where it is none."""
    at_ms, dash, rest = id_.partition("-")
    if not (at_ms.isascii() and at_ms.isdigit() and dash and rest) or len(at_ms) > 15:  # noqa: PLR2004
        raise ValueError("takes an id of the stream, such as 1767366000000-w0-17")
    return int(at_ms)
