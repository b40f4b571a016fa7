"""Measure window end to file and to the page, and trades to the page, on the running stack.

Usage: ``latency.py DATA_DIR PAGE_URL SECONDS [BOOTSTRAP TOPIC]``. Prints a line of JSON: for
files and page the median, the 99th percentile, the largest (seconds) and the number of window rows;
where a broker is named, for as long again, the same of the trades that ten pages of one profile
come to show, from its timestamp to pixels, and to the open window that counts them.
"""

import json
import re
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from live import open_window_delays, painted, records_since, trade_delays
from playwright.sync_api import Browser, sync_playwright
from pyarrow import parquet

_POLL_S = 0.05
_PAGES = 10
# Of each card its symbol and the end of its newest window, "… to 15:04:05 UTC …".
_CARDS = """() => [...document.querySelectorAll('[class*="st-key-card-"]')].map(card => [
    card.className.match(/st-key-card-(\\S+)/)[1], card.innerText])"""
_WINDOW_END = re.compile(r"to (\d\d):(\d\d):(\d\d) UTC")


def file_delays(data: Path, since: datetime) -> Iterator[float]:
    """Give, for each row of the files written since, the seconds from window end to file."""
    for path in data.glob("aggregates/window_date=*/[!._h]*.parquet"):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if written >= since:
            for end in parquet.ParquetFile(path).read(["window_end"])["window_end"].to_pylist():
                yield (written - end).total_seconds()


def page_delays(browser: Browser, url: str, seconds: float) -> list[float]:
    """Give, for each window that a card comes to show, the seconds from its end to the page."""
    seen: dict[str, datetime] = {}
    delays = []
    page = browser.new_page()
    page.goto(url)
    page.wait_for_selector('[class*="st-key-card-"]', timeout=120_000)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        shown, now = page.evaluate(_CARDS), datetime.now(UTC)
        for symbol, text in shown:
            end = _window_end(text, now)
            if end and end != seen.get(symbol):
                if symbol in seen:  # how long the first one stood there is not known
                    delays.append((now - end).total_seconds())
                seen[symbol] = end
        time.sleep(_POLL_S)
    page.close()
    return delays


def _window_end(text: str, now: datetime) -> datetime | None:
    found = _WINDOW_END.search(text)
    if not found:
        return None
    hour, minute, second = map(int, found.groups())
    end = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return end - timedelta(days=1) if end > now + timedelta(hours=1) else end


def summary(delays: list[float]) -> dict[str, float]:
    """Give median, 99th percentile, largest and number."""
    if len(delays) < 2:  # noqa: PLR2004 - no percentile of one
        return {"n": len(delays)}
    return {
        "median_s": round(statistics.median(delays), 2),
        "p99_s": round(statistics.quantiles(delays, n=100, method="inclusive")[98], 2),
        "max_s": round(max(delays), 2),
        "n": len(delays),
    }


def main() -> None:
    """Measure and print."""
    data, url, seconds, *topic = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), *sys.argv[4:]
    since = datetime.now(UTC)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = page_delays(browser, url, seconds)
        figures: dict[str, object] = {
            "window_end_to_file": summary(list(file_delays(data, since))),
            "window_end_to_page": summary(page),
        }
        since = datetime.now(UTC)
        shown = painted(browser, url, _PAGES, seconds) if topic else []
        browser.close()
    if topic:
        records = records_since(*topic, since)
        figures["broker_to_pixels"] = summary(trade_delays(shown, records))
        figures["broker_to_open_window"] = summary(open_window_delays(shown, records))
    print(json.dumps(figures))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
