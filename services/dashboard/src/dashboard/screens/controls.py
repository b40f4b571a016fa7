"""The choices above the page; each goes into the address."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from dashboard.models import address, zones
from dashboard.models.words import plain
from dashboard.screens import range_choice
from dashboard.screens.address_control import into_address, one_of
from dashboard.screens.looks import looks
from dashboard.screens.query import query
from dashboard.screens.view import View
from dashboard.theme import style

_PILLS = 12
_FOLD = (
    '<details class="fold"><summary><span class="icon" translate="no" aria-hidden="true">tune'
    '</span><span class="spoken">Choices</span></summary></details>'
)
"""On a phone the choices are seen while it is open (`style.css`)."""
_THEMES = {"": "System", "light": "Light", "dark": "Dark"}


def top(view: View) -> None:
    """Draw the name, the choice of the page, and how it is shown."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="top"):
        st.markdown("#### Market windows", width="content", anchors=False)
        one_of("Page", address.PAGES, address.PAGE, view.choice.page, collapsed=True)
        st.html(_FOLD, width="content")
        st.space("stretch")
        _pause(view)
        with st.popover("View", icon=":material/tune:", key="view"):
            one_of("Refresh every", address.REFRESH, address.EVERY, str(view.choice.every_s))
            one_of("Times in", zones.LABELS, address.ZONE, view.choice.zone)
            _sources(view.data.sources)
            _links()


def of_market(view: View) -> None:
    """Draw the choice of range and symbols."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
        range_choice.named(view)
        _symbols(view.data.symbols)
        looks(view)
    range_choice.custom(view)


def of_symbol(view: View) -> None:
    """Draw the choice of range and of one symbol."""
    there = view.data.symbols
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
        range_choice.named(view)
        one = address.chosen_symbol(query(), there)
        if one:
            _one_symbol(there, one)
        st.space("stretch")
        looks(view)
    range_choice.custom(view)


def of_alerts() -> None:
    """Draw what alerts are searched for."""
    now = query().get(address.FIND, "")
    with into_address(address.FIND, now, lambda it: str(it).strip() or None) as its:
        st.text_input("Find", now, placeholder="rule, symbol or words", width=320, **its)


def chart_kind(view: View) -> None:
    """Draw the choice of what the large chart shows."""
    one_of("Chart", address.CHARTS, address.CHART, view.choice.chart, collapsed=True)


def one_symbol(there: Sequence[str]) -> None:
    """Draw the choice of one symbol, where there are several."""
    one = address.chosen_symbol(query(), there)
    if one and len(there) > 1:
        _one_symbol(there, one)


def _pause(view: View) -> None:
    paused = view.choice.paused
    with into_address(address.PAUSED, paused, lambda it: "1" if it else None) as its:
        st.toggle("Pause", value=paused, **its)


def _symbols(there: Sequence[str]) -> None:
    now = address.chosen_symbols(query(), there)
    with into_address(address.SYMBOLS, now, ",".join, width="stretch") as its:
        if len(there) > _PILLS:
            st.multiselect("Symbols", there, default=now, label_visibility="collapsed", **its)
        elif there:
            st.pills(
                "Symbols",
                there,
                default=now,
                selection_mode="multi",
                format_func=plain,
                label_visibility="collapsed",
                wrap=False,
                **its,
            )


def _one_symbol(there: Sequence[str], one: str) -> None:
    with into_address(address.SYMBOL, one, str) as its:
        if len(there) > _PILLS:
            at = there.index(one)
            st.selectbox("Symbol", there, index=at, label_visibility="collapsed", width=160, **its)
        else:
            st.segmented_control(
                "Symbol",
                there,
                default=one,
                format_func=plain,
                required=True,
                label_visibility="collapsed",
                wrap=False,
                **its,
            )


def _sources(there: Sequence[str]) -> None:
    if len(there) < 2:  # noqa: PLR2004 - there is nothing to choose
        return
    now = address.chosen_sources(query(), there)

    def text(chosen: list[str]) -> str | None:
        return None if not chosen or len(chosen) == len(there) else ",".join(chosen)

    with into_address(address.SOURCES, now, text, width="stretch") as its:
        st.pills(
            "Sources",
            there,
            default=now,
            selection_mode="multi",
            format_func=lambda it: plain(style(it).label),
            **its,
        )


def _links() -> None:
    """Draw links: Streamlit takes its theme from the address when the page is loaded."""
    now = address.chosen_theme(query())
    links = " ".join(
        f'<a href="{escape(address.with_theme(query(), name))}" target="_self"'
        f"{' aria-current="true"' if name == now else ''}>{label}</a>"
        for name, label in _THEMES.items()
    )
    st.html(f'<div class="links" role="group" aria-label="Theme">Theme: {links}</div>')
    wall = escape("?" + address.query_of(query() | {address.WALL: "1"}))
    st.html(f'<div class="links"><a href="{wall}" target="_self">Full screen for a wall</a></div>')
