"""The open pages, and what waits to be sent to each: bounded, whatever a page's reader does."""

from asyncio import Event
from collections import deque

from dashboard.live.messages import Head, Slot

_MOST_KEPT = 200


class Page:
    """One open page: which symbols it shows, and candles of which, and what it was not sent yet.

    Of trades, open windows and candles the newest of each symbol and source waits; of final windows
    and alerts the newest 200.
    """

    def __init__(self) -> None:
        self.symbols: frozenset[str] = frozenset()
        self.candles: frozenset[str] = frozenset()
        self._newest: dict[Slot, str] = {}
        self._kept: deque[str] = deque(maxlen=_MOST_KEPT)
        self._ready, self._painted = Event(), Event()

    def put(self, head: Head, text: str) -> None:
        """Let a message wait, where it is of a symbol that the page shows, or an alert."""
        if head.kind == "alert":
            self._kept.append(text)
        elif head.symbol not in (self.candles if head.kind == "candle" else self.symbols):
            return
        elif head.kind == "window":
            self._kept.append(text)
        else:
            self._newest[head.slot] = text
        self._ready.set()

    def say(self, text: str) -> None:
        """Let what is true of the stream itself wait; prices that wait are of before it, and go."""
        self._newest.clear()
        self.tell(text)

    def tell(self, text: str) -> None:
        """Let what is told to every page wait."""
        self._kept.append(text)
        self._ready.set()

    async def ready(self) -> None:
        """Wait until a message waits."""
        await self._ready.wait()

    def take(self) -> list[str]:
        """Take all messages that wait."""
        found = [*self._kept, *self._newest.values()]
        self._kept.clear()
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
