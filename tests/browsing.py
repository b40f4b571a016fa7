"""A visit to the page in a real Chromium, with a list of everything that went wrong."""

from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError
from waiting import wait_for

CHART = "[data-testid=stPlotlyChart] .main-svg"
STATE = ".st-key-state"
PRICE = ".st-key-card-IBM .live-price"
AWAY = "Live prices are unavailable"
INTERRUPTED = "ERR_NETWORK_CHANGED"
"""What Chromium makes of every container that starts on its machine; none of the page's doing."""


class Visit:
    """An open page, with the requests that failed, went elsewhere, and what the console said."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self.url = url
        wait_for("an answer from the page", self._open, 60)

    def _open(self) -> bool:
        """Open a page and see its first line; another one where a part of it was interrupted.

        Another, since one that goes to an address again drops what it is loading, and says so.
        """
        self.page: Page = self._browser.new_page(viewport={"width": 1440, "height": 1000})
        self._told: list[str] = []
        self._interrupted = False
        self.page.on("console", self._console)
        self.page.on("pageerror", self._error)
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._response)
        self.page.on("request", self._asked)
        self.page.on("websocket", self._asked)
        first_line = partial(self.text, STATE)
        with suppress(PlaywrightError):  # nobody answers yet
            self.page.goto(self.url)
            wait_for("its first line", lambda: first_line() or self._interrupted, 15, every_s=0.1)
            if first_line():
                return True
        self.page.close()
        return False

    @property
    def troubles(self) -> list[str]:
        """What went wrong; not what came of a request that was interrupted."""
        return [it for it in self._told if not (self._interrupted and "Failed to fetch" in it)]

    def _error(self, error) -> None:
        self._told.append(f"error: {error}")

    def _failed(self, request) -> None:
        if request.failure == f"net::{INTERRUPTED}":
            self._interrupted = True
        else:
            self._told.append(f"failed: {request.url}: {request.failure}")

    def _console(self, message) -> None:
        if message.type == "error" and INTERRUPTED not in message.text:
            self._told.append(f"console: {message.text}")

    def _response(self, response) -> None:
        if response.status >= 400:
            self._told.append(f"{response.status}: {response.url}")

    def _asked(self, request) -> None:
        """Note a request, or a WebSocket, to another host or port than the page's own."""
        own = urlsplit(self.url).netloc
        if request.url.startswith(("http", "ws")) and urlsplit(request.url).netloc != own:
            self._told.append(f"elsewhere: {request.url}")

    def text(self, selector: str) -> str:
        """Give the text of a part of the page; empty while it is not there."""
        found = self.page.locator(selector)
        return found.first.inner_text() if found.count() else ""


def see(browser: Browser, url: str, *words: str, picture: Path, timeout_s: float = 60) -> None:
    """Open the page and see its state come to say all of these words, without any trouble."""
    visit = Visit(browser, url)
    try:
        wait_for(
            f"a state of {', '.join(words)}",
            lambda: all(word in visit.text(STATE) for word in words),
            timeout_s,
        )
        visit.page.screenshot(path=picture, full_page=True)
        assert not visit.troubles, visit.troubles
    finally:
        visit.page.close()
