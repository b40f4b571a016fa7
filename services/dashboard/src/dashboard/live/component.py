"""The parts of the page that run in the browser by themselves: live prices, and its refresh."""

import time
from functools import cache
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.components.v2 import component
from streamlit.components.v2.types import ComponentRenderer

from contracts.sources import SOURCES
from dashboard.live.messages import MOST_SYMBOLS
from dashboard.models.zones import Clock

_HERE = Path(__file__).parent
_SCRIPTS = (
    _HERE.parent / "time_axis.js",
    *(_HERE / name for name in ("prices.js", "so_far.js", "candle.js", "notify.js", "page.js")),
)
_OF_ALL_PAGES = {
    "labels": {name: it.label for name, it in SOURCES.items()},
    "mostSymbols": MOST_SYMBOLS,
}


def live_page(clocks: list[Clock], *, paused: bool) -> None:
    """Keep the page's live prices going, told by the clocks of a zone, unless it is paused."""
    with st.container(key="live"):
        data = {"clocks": clocks, "paused": paused} | _OF_ALL_PAGES
        _draw()(key="live-page", data=data)


def refresh(version: int, *, soonest_s: float, latest_s: float) -> None:
    """Run the fragment that this is called in anew, once there is data of another version.

    Not sooner than after `soonest_s`, and after `latest_s` at the latest.
    """
    data = {"version": version, "soonest_ms": 1000 * soonest_s, "latest_ms": 1000 * latest_s}
    with st.container(key="refresh"):
        # Another each time, for the script runs only where its data has changed.
        _refresh()(key="page-refresh", data=data | {"drawn": time.time_ns()}, on_due_change=_ignore)


def live_place(symbol: str, source: str | None = None) -> str:
    """Give the HTML of where the last trade of a symbol is shown; of any source, if of none."""
    named = f' data-source="{escape(source)}"' if source else ""
    return f'<div class="live-price" data-symbol="{escape(symbol)}"{named}></div>'


def _ignore() -> None:
    """Do nothing: that the fragment runs is all that is asked for."""


@cache
def _refresh() -> ComponentRenderer:
    script = "".join((_HERE / name).read_text() for name in ("refresh.js", "drawn.js"))
    return component("refresh", html="<i></i>", js=script)


@cache
def _draw() -> ComponentRenderer:
    # One script, for Streamlit takes no module that loads another.
    script = "".join(part.read_text() for part in _SCRIPTS)
    return component("live_page", html="<i></i>", js=script, isolate_styles=False)
