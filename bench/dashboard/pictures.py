"""Take pictures of a dashboard: ``pictures.py URL FOLDER NAME=ADDRESS[@dark|@phone|@wall] …``.

``@other`` is a page of another service.
"""

import sys
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright

_TRIES = 8
_DESK = {"width": 1400, "height": 1020}
_SIZES = {
    "phone": {"width": 390, "height": 844},
    "wall": {"width": 1600, "height": 900},
    "other": {"width": 1200, "height": 680},
}
_THERE, _DRAWN = ".st-key-state", "[data-testid=stPlotlyChart] .main-svg"
_FOR_A_CHART = ".st-key-chart-drawn, .st-key-page-symbol"


def open_other(page: Page, url: str) -> None:
    """Open a page that has nothing to wait for but its own scripts."""
    page.goto(url)
    page.wait_for_timeout(4000)


def open_page(page: Page, url: str) -> None:
    """Open a page; again where a container that starts on this machine interrupted it."""
    for _ in range(_TRIES):
        try:
            page.goto(url)
            page.locator(_THERE).first.wait_for(timeout=12_000)
            page.wait_for_timeout(2500)  # what a refresh brings
            if page.locator(_FOR_A_CHART).count():
                page.locator(_DRAWN).first.wait_for(timeout=12_000)
        except PlaywrightError:
            continue
        if not page.get_by_text("Failed to fetch").count():
            return
    sys.exit(f"{url} was not drawn in {_TRIES} tries")


def main() -> None:
    """Take each picture once what it shows is drawn."""
    url, folder, asked = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for it in asked:
            name, _, rest = it.partition("=")
            address, _, how = rest.partition("@")
            page = browser.new_page(
                viewport=_SIZES.get(how, _DESK),
                color_scheme="dark" if how in {"dark", "wall"} else "light",
                is_mobile=how == "phone",
                has_touch=how == "phone",
            )
            (open_other if how == "other" else open_page)(page, f"{url}/{address}")
            page.screenshot(path=folder / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
