"""The part of the page that runs in the browser by itself: live prices, between two refreshes."""

from functools import cache
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.components.v2 import component
from streamlit.components.v2.types import ComponentRenderer

from contracts.sources import SOURCES
from dashboard.models.zones import Clock

_HERE = Path(__file__).parent
_SCRIPTS = (
    _HERE.parent / "time_axis.js",
    *(_HERE / name for name in ("prices.js", "so_far.js", "notify.js", "page.js")),
)
_LABELS = {name: it.label for name, it in SOURCES.items()}


def live_page(clocks: list[Clock], *, paused: bool) -> None:
    """Keep the page's live prices going, told by the clocks of a zone, unless it is paused."""
    with st.container(key="live"):
        _draw()(key="live-page", data={"clocks": clocks, "labels": _LABELS, "paused": paused})


def live_price(symbol: str, source: str | None = None) -> None:
    """Draw where the last trade of a symbol is shown; of any source, if of none."""
    st.html(f'<div class="live-price" {live_data(symbol, source)}></div>')


def live_data(symbol: str, source: str | None) -> str:
    """Say, as attributes of an HTML element, whose trades belong to it."""
    named = f' data-source="{escape(source)}"' if source else ""
    return f'data-symbol="{escape(symbol)}"{named}'


@cache
def _draw() -> ComponentRenderer:
    # One script, for Streamlit takes no module that loads another.
    script = "".join(part.read_text() for part in _SCRIPTS)
    return component("live_page", html="<i></i>", js=script, isolate_styles=False)
