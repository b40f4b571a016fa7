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


class Visit:
    """An open page, with the requests that failed, went elsewhere, and what the console said."""

    def __init__(self, browser: Browser, url: str, timeout_s: float = 60) -> None:
        self._browser = browser
        self.url = url
        wait_for("an answer from the page", self._open, timeout_s)

    def _open(self) -> bool:
        """Open a page and see its first line; tell whether anybody answered."""
        self.page: Page = self._browser.new_page(viewport={"width": 1440, "height": 1000})
        self.troubles: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", self._error)
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._response)
        self.page.on("request", self._asked)
        self.page.on("websocket", self._asked)
        with suppress(PlaywrightError):  # nobody answers yet
            self.page.goto(self.url)
            wait_for("its first line", partial(self.text, STATE), 30)
            return True
        self.page.close()
        return False

    def _error(self, error) -> None:
        self.troubles.append(f"error: {error}")

    def _failed(self, request) -> None:
        self.troubles.append(f"failed: {request.url}: {request.failure}")

    def _console(self, message) -> None:
        if message.type == "error":
            self.troubles.append(f"console: {message.text}")

    def _response(self, response) -> None:
        if response.status >= 400:
            self.troubles.append(f"{response.status}: {response.url}")

    def _asked(self, request) -> None:
        """Note a request, or a WebSocket, to another host or port than the page's own."""
        own = urlsplit(self.url).netloc
        if request.url.startswith(("http", "ws")) and urlsplit(request.url).netloc != own:
            self.troubles.append(f"elsewhere: {request.url}")

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
