"""The open pages, and what waits to be sent to each: bounded, whatever a page's reader does."""

from asyncio import Event
from collections import deque
from datetime import datetime
from itertools import count

from dashboard.live.alerts import MOST as MOST_ALERTS
from dashboard.live.messages import Head, Slot

_MOST_KEPT = {"alert": MOST_ALERTS, "window": 200, "state": 2, "data": 1}
"""Of states two, which differ: whether prices come now, and whether they were away before that."""


class Page:
    """One open page: which symbols it shows, and candles of which, and what it was not sent yet.

    Of trades, open windows and candles the newest of each symbol and source waits; of final windows
    the newest 200, of alerts as many as pages list. One that connected again lacks the alerts after
    `alerts_after`.
    """

    def __init__(self, alerts_after: datetime | None = None) -> None:
        self.symbols: frozenset[str] = frozenset()
        self.candles: frozenset[str] = frozenset()
        self.alerts_after = alerts_after
        self._newest: dict[Slot, str] = {}
        self._kept: dict[str, deque[tuple[int, str]]] = {
            kind: deque(maxlen=most) for kind, most in _MOST_KEPT.items()
        }
        self._numbers = count()
        self._ready, self._painted = Event(), Event()

    def put(self, head: Head, text: str) -> None:
        """Let a message wait, where it is of a symbol that the page shows, or an alert."""
        if head.kind == "alert":
            self._keep("alert", text)
        elif head.symbol not in (self.candles if head.kind == "candle" else self.symbols):
            return
        elif head.kind == "window":
            self._keep("window", text)
        else:
            self._newest[head.slot] = text
            self._ready.set()

    def say(self, text: str) -> None:
        """Let the stream's state wait; prices that wait are of before it, and go."""
        self._newest.clear()
        self._keep("state", text)

    def tell(self, text: str) -> None:
        """Let the newest version of the data wait."""
        self._keep("data", text)

    async def ready(self) -> None:
        """Wait until a message waits."""
        await self._ready.wait()

    def take(self) -> list[str]:
        """Take all messages that wait: those that are kept, in their order, then newest prices."""
        kept = sorted(it for some in self._kept.values() for it in some)
        found = [*(text for _, text in kept), *self._newest.values()]
        for some in self._kept.values():
            some.clear()
        self._newest.clear()
        self._ready.clear()
        self._painted.clear()
        return found

    def has_painted(self) -> None:
        """Note that the browser has painted what was taken last."""
        self._painted.set()

    async def painted(self) -> None:
        """Wait until the browser has painted what was taken last."""
        await self._painted.wait()

    def _keep(self, kind: str, text: str) -> None:
        """Let it wait behind what waits; where too many of its kind do, the oldest of them goes."""
        self._kept[kind].append((next(self._numbers), text))
        self._ready.set()
