"""Measure the dashboard through a real browser: ``measure.py URL PAGES TIMES SECONDS``.

The server is `serve.py`. Prints JSON lines: from navigation to a drawn chart (seconds, so many
times) for several ranges; the runs of the refreshing fragment in the server (milliseconds) with one
page and with so many; the bytes that a refresh sends; the server's memory.
"""

import json
import statistics
import sys
import time
import urllib.request
from typing import Any

from playwright.sync_api import Browser, sync_playwright

_RANGES = ("15m", "24h", "30d")
_CHART = "[data-testid=stPlotlyChart] .main-svg"
_WAIT_S = 30.0


def asked(url: str) -> dict[str, Any]:
    """Ask the server what it measured since it was asked last."""
    with urllib.request.urlopen(f"{url}/measured") as answer:  # noqa: S310 - it is our own
        found: dict[str, Any] = json.load(answer)
    return found


def summary(values: list[float]) -> dict[str, float]:
    """Give median, largest and number."""
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 2),
        "max": round(ordered[-1], 2),
        "n": len(ordered),
    }


def navigations(browser: Browser, url: str, shown: str, times: int) -> dict[str, float]:
    """Open the page anew again and again, until its chart is drawn."""
    found = []
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    for _ in range(times + 1):
        page = context.new_page()
        began = time.perf_counter()
        page.goto(f"{url}/?range={shown}")
        page.locator(_CHART).first.wait_for(timeout=_WAIT_S * 1000)
        found.append(time.perf_counter() - began)
        page.close()
    context.close()
    return summary(found[1:])  # the first fills the browser's cache


def refreshes(browser: Browser, url: str, shown: str, pages: int, seconds: float) -> dict[str, Any]:
    """Keep some pages open and give what their refreshes cost."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    sizes: list[int] = []
    for _ in range(pages):
        page = context.new_page()
        page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))),
        )
        page.goto(f"{url}/?range={shown}")
        page.locator(_CHART).first.wait_for(timeout=_WAIT_S * 1000)
    context.pages[0].wait_for_timeout(3000)
    asked(url)
    sizes.clear()
    context.pages[0].wait_for_timeout(1000 * seconds)
    found, sent = asked(url), sum(sizes)
    context.close()
    count = max(1, len(found["runs_ms"]))
    return {
        "pages": pages,
        "run_ms": summary(found["runs_ms"]),
        "kib_a_refresh": round(sent / count / 1024, 1),
        "rss_mib": round(found["rss_mib"]),
    }


def main() -> None:
    """Measure, and print each part as it comes."""
    url, pages, times, seconds = sys.argv[1], *map(int, sys.argv[2:])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for shown in _RANGES:
            say(navigation_s=shown, **navigations(browser, url, shown, times))
        for shown in _RANGES:
            say(range=shown, **refreshes(browser, url, shown, 1, seconds))
        if pages > 1:
            say(range="15m", **refreshes(browser, url, "15m", pages, seconds))
        browser.close()


def say(**found: object) -> None:
    """Print a line of JSON."""
    print(json.dumps(found), flush=True)  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
