"""What stands between the one stream from the gateway and all open pages."""

import asyncio
from asyncio import Event
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import cache

from dashboard.live.alerts import MOST, Alerts
from dashboard.live.messages import Asked, Head, Slot, StreamedAlert, alert_of, head_of
from dashboard.live.pages import Page

MOST_PAGES = 500
MOST_NEWEST = 20_000
"""Trades, open windows and candles that are kept, where the stream is of all symbols."""
_MOST_FINAL = 60
"""Final windows that are kept of a symbol of which a page shows candles."""
_APART_S, _ALL_WITHIN_S = 0.2, 2.0
_HERE, _AWAY = '{"kind":"live"}', '{"kind":"away"}'


class Hub:
    """The open pages, the newest of what they show, and why it does not come where it does not.

    All of it belongs to the server's event loop; `away` and `alerts` may be read from anywhere.
    `window_came` is called for each final window.
    """

    def __init__(self) -> None:
        self.away: str | None = None
        self.alerts = Alerts()
        self._here = False
        self._pages: set[Page] = set()
        self._newest: dict[Slot, tuple[Head, str]] = {}
        self._final: dict[str | None, deque[str]] = {}
        self._alerts: deque[tuple[StreamedAlert, str]] = deque(maxlen=MOST)
        self._changed = Event()
        self._version = 0
        self.window_came: Callable[[], object] = lambda: None

    @property
    def wanted(self) -> frozenset[str]:
        """The symbols that any page shows."""
        return frozenset[str]().union(*(page.symbols for page in self._pages))

    @property
    def wanted_candles(self) -> frozenset[str]:
        """The symbols of which any page shows candles."""
        return frozenset[str]().union(*(page.candles for page in self._pages))

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return len(self._pages)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds of this."""
        while not holds():
            await self._changed.wait()

    def join(self, alerts_after: datetime | None = None) -> Page:
        """Take in a page that was opened; one that connects again lacks the alerts after a time."""
        page = Page(alerts_after)
        self._pages.add(page)
        page.say(_HERE if self._here else _AWAY)
        if self._version:
            self._tell_version(page)
        if alerts_after:
            for alert, text in self._alerts:
                if alert.came_at > alerts_after:
                    page.put(Head("alert"), text)
        self._change()
        return page

    def leave(self, page: Page) -> None:
        """Let go of a page that was closed."""
        self._pages.discard(page)
        self._keep_candles()
        self._change()

    def show(self, page: Page, asked: Asked) -> None:
        """Send a page what it shows from now on, with what is known of that.

        Of candles also the last final windows: some came after its figure was made.
        """
        page.symbols, page.candles = asked.symbols, asked.candles
        self._keep_candles()
        for symbol in page.candles:
            for text in self._final[symbol]:
                page.put(Head("window", symbol), text)
        for head, text in self._newest.values():
            page.put(head, text)
        self._change()

    def forget_unwanted(self) -> None:
        """Forget trades and open windows of symbols that no page shows: no newer ones may come."""
        wanted = self.wanted
        for slot in [it for it in self._newest if it[1] not in wanted]:
            del self._newest[slot]

    def _keep_candles(self) -> None:
        """Keep candles and final windows from now on of the symbols whose candles pages show.

        Of others no newer ones come.
        """
        wanted, before = self.wanted_candles, self._final
        if wanted == before.keys():
            return
        for slot in [it for it in self._newest if it[0] == "candle" and it[1] not in wanted]:
            del self._newest[slot]
        self._final = {it: before.get(it, deque(maxlen=_MOST_FINAL)) for it in wanted}

    def came(self, text: str) -> Head | None:
        """Give a message of the gateway to the pages that show it; None of what is no message."""
        head = head_of(text)
        if head is None:
            return None
        if head.kind == "alert":
            self._alert_came(head, text)
            return head
        if head.kind == "window":
            kept = self._final.get(head.symbol)
            if kept is not None:
                if text in kept:  # both connections bring it
                    return head
                kept.append(text)
            self.window_came()
        if head.kind in {"trade", "open", "candle"}:
            self._newest.pop(head.slot, None)  # it comes last: those that are silent stand first
            self._newest[head.slot] = head, text
            if len(self._newest) > MOST_NEWEST:
                del self._newest[next(iter(self._newest))]
        for page in self._pages:
            page.put(head, text)
        return head

    def _alert_came(self, head: Head, text: str) -> None:
        """Give an alert to the pages, once.

        One that is listed by now came while this server did not run, or was cut off: it goes to
        pages that connected again and lack it.
        """
        alert = alert_of(text)
        if alert is None:
            return
        is_new = self.alerts.add(alert, alert.came_at)
        if not is_new and any(it.alert_id == alert.alert_id for it, _ in self._alerts):
            return
        self._alerts.append((alert, text))
        for page in self._pages:
            if is_new or (page.alerts_after and alert.came_at > page.alerts_after):
                page.put(head, text)

    def has_data(self, version: int) -> None:
        """Tell the pages that there is data of another version.

        One after the other: each draws it now, and they share the processors.
        """
        self._version = version
        apart_s = min(_APART_S, _ALL_WITHIN_S / max(1, len(self._pages)))
        loop = asyncio.get_running_loop()
        for number, page in enumerate(self._pages):
            loop.call_later(number * apart_s, self._tell_version, page)

    def _tell_version(self, page: Page) -> None:
        page.tell(f'{{"kind":"data","version":{self._version}}}')

    def is_here(self) -> None:
        """Tell the pages that prices come."""
        self._tell(_HERE, here=True, away=None)

    def is_away(self, why: str | None) -> None:
        """Tell the pages that prices do not come, and why; None: nobody asks for any."""
        self._newest.clear()
        for kept in self._final.values():
            kept.clear()
        self._tell(_AWAY, here=False, away=why)

    def _change(self) -> None:
        before, self._changed = self._changed, Event()
        before.set()

    def _tell(self, text: str, *, here: bool, away: str | None) -> None:
        if here != self._here:
            for page in self._pages:
                page.say(text)
        self._here, self.away = here, away
        self._change()


@cache
def hub() -> Hub:
    """Give the one hub of this server."""
    return Hub()
