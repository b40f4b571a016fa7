"""The choices above the page; each goes into the address."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from dashboard.models import address, zones
from dashboard.models.words import plain
from dashboard.screens import range_choice
from dashboard.screens.address_control import into_address, key_of, one_of
from dashboard.screens.looks import looks
from dashboard.screens.query import query
from dashboard.screens.view import View
from dashboard.theme import style

_PILLS = 12
_FOLD = (
    '<details class="fold"><summary><span class="icon" translate="no" aria-hidden="true">tune'
    '</span><span class="spoken">Choices</span></summary></details>'
)
"""On a phone the choices are seen while it is open (`theme.STYLE`)."""
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
    key = key_of(address.FIND, now)
    keep = into_address(address.FIND, key, lambda it: str(it).strip() or None)
    with st.container(key=address.FIND, width="content"):
        st.text_input(
            "Find",
            now,
            key=key,
            on_change=keep,
            placeholder="rule, symbol or words",
            width=320,
        )


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
    key = key_of(address.PAUSED, paused)
    keep = into_address(address.PAUSED, key, lambda it: "1" if it else None)
    with st.container(key=address.PAUSED, width="content"):
        st.toggle("Pause", value=paused, key=key, on_change=keep)


def _symbols(there: Sequence[str]) -> None:
    now = address.chosen_symbols(query(), there)
    key = key_of(address.SYMBOLS, now)
    keep = into_address(address.SYMBOLS, key, ",".join)
    with st.container(key=address.SYMBOLS):
        if len(there) > _PILLS:
            st.multiselect(
                "Symbols", there, default=now, key=key, on_change=keep, label_visibility="collapsed"
            )
        elif there:
            st.pills(
                "Symbols",
                there,
                default=now,
                selection_mode="multi",
                format_func=plain,
                key=key,
                on_change=keep,
                label_visibility="collapsed",
                wrap=False,
            )


def _one_symbol(there: Sequence[str], one: str) -> None:
    key = key_of(address.SYMBOL, one)
    keep = into_address(address.SYMBOL, key, str)
    with st.container(key=address.SYMBOL, width="content"):
        if len(there) > _PILLS:
            at = there.index(one)
            st.selectbox(
                "Symbol",
                there,
                index=at,
                key=key,
                on_change=keep,
                label_visibility="collapsed",
                width=160,
            )
        else:
            st.segmented_control(
                "Symbol",
                there,
                default=one,
                format_func=plain,
                key=key,
                required=True,
                on_change=keep,
                label_visibility="collapsed",
                wrap=False,
            )


def _sources(there: Sequence[str]) -> None:
    if len(there) < 2:  # noqa: PLR2004 - there is nothing to choose
        return
    now = address.chosen_sources(query(), there)
    key = key_of(address.SOURCES, now)

    def text(chosen: list[str]) -> str | None:
        return None if not chosen or len(chosen) == len(there) else ",".join(chosen)

    with st.container(key=address.SOURCES):
        st.pills(
            "Sources",
            there,
            default=now,
            selection_mode="multi",
            format_func=lambda it: plain(style(it).label),
            key=key,
            on_change=into_address(address.SOURCES, key, text),
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
