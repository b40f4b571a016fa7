"""Measure window end to file and to the page, and trades to the page, on the running stack.

Usage: ``latency.py DATA_DIR PAGE_URL SECONDS [BOOTSTRAP TOPIC]``. Prints a line of JSON: for
files and page the median, the largest (seconds) and the number of ends of windows, whose latest row
counts; where a broker is named, for as long again, the same and the number of the trades that ten
pages of one profile come to show, from its timestamp to pixels, and to the open window that counts
them. Of at least a hundred delays it has the 99th percentile, too.
"""

import json
import re
import statistics
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from live import open_window_delays, painted, records_since, trade_delays
from playwright.sync_api import Browser, sync_playwright
from pyarrow import parquet

_POLL_S = 0.05
_PAGES = 10
_ENOUGH_FOR_P99 = 100
# Of each card its symbol and the end of its newest window, "… to 15:04:05 UTC …".
_CARDS = """() => [...document.querySelectorAll('[class*="st-key-card-"]')].map(card => [
    card.className.match(/st-key-card-(\\S+)/)[1], card.innerText])"""
_WINDOW_END = re.compile(r"to (\d\d):(\d\d):(\d\d) UTC")


def file_delays(data: Path, since: datetime) -> list[float]:
    """Give, for each end of windows in the files written since, the seconds to its latest row."""
    latest_s: dict[datetime, float] = defaultdict(float)
    for path in data.glob("aggregates/window_date=*/[!._h]*.parquet"):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if written >= since:
            for end in parquet.ParquetFile(path).read(["window_end"])["window_end"].to_pylist():
                latest_s[end] = max(latest_s[end], (written - end).total_seconds())
    return list(latest_s.values())


def page_delays(browser: Browser, url: str, seconds: float) -> list[float]:
    """Give, for each end of windows that cards come to show, the seconds to the last of them."""
    seen: dict[str, datetime] = {}
    latest_s: dict[datetime, float] = {}
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
                    latest_s[end] = (now - end).total_seconds()
                seen[symbol] = end
        time.sleep(_POLL_S)
    page.close()
    return list(latest_s.values())


def _window_end(text: str, now: datetime) -> datetime | None:
    found = _WINDOW_END.search(text)
    if not found:
        return None
    hour, minute, second = map(int, found.groups())
    end = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return end - timedelta(days=1) if end > now + timedelta(hours=1) else end


def summary(delays: list[float], number: str = "n") -> dict[str, float]:
    """Give median, largest, number and, of enough of them, the 99th percentile."""
    if not delays:
        return {number: 0}
    found = {"median_s": round(statistics.median(delays), 2)}
    if len(delays) >= _ENOUGH_FOR_P99:
        p99_s = statistics.quantiles(delays, n=100, method="inclusive")[98]
        found["p99_s"] = round(p99_s, 2)
    return found | {"max_s": round(max(delays), 2), number: len(delays)}


def main() -> None:
    """Measure and print."""
    data, url, seconds, *topic = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), *sys.argv[4:]
    since = datetime.now(UTC)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = page_delays(browser, url, seconds)
        figures: dict[str, object] = {
            "window_end_to_file": summary(file_delays(data, since), "ends"),
            "window_end_to_page": summary(page, "ends"),
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
