"""The choices above the page; each goes into the address."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import streamlit as st

from dashboard.models import address, zones
from dashboard.models.words import plain
from dashboard.screens import span
from dashboard.screens.query import choose, query
from dashboard.screens.view import View
from dashboard.theme import style

_PILLS = 12
_THEMES = {"": "System", "light": "Light", "dark": "Dark"}


def top(view: View) -> None:
    """Draw the name, the choice of the page, and how it is shown."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="top"):
        st.markdown("#### Market windows", width="content", anchors=False)
        _choice("Page", address.PAGES, address.PAGE, view.choice.page, collapsed=True)
        st.space("stretch")
        _toggle(view.choice.paused)
        with st.popover("View", icon=":material/tune:", key="view"):
            _choice("Refresh every", address.REFRESH, address.EVERY, str(view.choice.every_s))
            _choice("Times in", zones.LABELS, address.ZONE, view.choice.zone)
            _sources(view.data.sources)
            _theme()


def of_market(view: View) -> None:
    """Draw the choice of range and symbols."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
        span.named(view)
        _symbols(view.data.symbols)
    span.custom(view)


def of_symbol(view: View) -> None:
    """Draw the choice of range and of one symbol."""
    there = view.data.symbols
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
        span.named(view)
        one = address.chosen_symbol(query(), there)
        if one:
            _one_symbol(there, one)
    span.custom(view)


def of_alerts() -> None:
    """Draw what alerts are searched for."""
    st.session_state[address.FIND] = query().get(address.FIND, "")
    keep = _keep(address.FIND, lambda it: str(it).strip())
    st.text_input(
        "Find", key=address.FIND, on_change=keep, placeholder="rule, symbol or words", width=320
    )


def chart_kind(view: View) -> None:
    """Draw the choice of what the large chart shows."""
    _choice("Chart", address.CHARTS, address.CHART, view.choice.chart, collapsed=True)


def one_symbol(there: Sequence[str]) -> str | None:
    """Draw the choice of one symbol and give it."""
    one = address.chosen_symbol(query(), there)
    if one and len(there) > 1:
        _one_symbol(there, one, collapsed=True)
    return one


def _choice(
    label: str, labels: dict[str, str], name: str, now: str, *, collapsed: bool = False
) -> None:
    st.session_state[name] = now
    st.segmented_control(
        label,
        list(labels),
        format_func=labels.__getitem__,
        key=name,
        required=True,
        on_change=_keep(name, lambda it: "" if it == next(iter(labels)) else str(it)),
        label_visibility="collapsed" if collapsed else "visible",
    )


def _keep(name: str, text: Callable[[Any], str]) -> Callable[[], None]:
    """Put what was chosen into the address; nothing where it is the default."""

    def keep() -> None:
        chosen = text(st.session_state[name])
        choose({name: chosen if chosen or name == address.SYMBOLS else None})

    return keep


def _toggle(paused: bool) -> None:  # noqa: FBT001 - it is the toggle's value
    st.session_state[address.PAUSED] = paused
    keep = _keep(address.PAUSED, lambda it: "1" if it else "")
    st.toggle("Pause", key=address.PAUSED, on_change=keep)


def _symbols(there: Sequence[str]) -> None:
    st.session_state[address.SYMBOLS] = address.chosen_symbols(query(), there)
    keep = _keep(address.SYMBOLS, ",".join)
    if len(there) > _PILLS:
        st.multiselect("Symbols", there, key=address.SYMBOLS, on_change=keep)
    elif there:
        st.pills(
            "Symbols",
            there,
            selection_mode="multi",
            format_func=plain,
            key=address.SYMBOLS,
            on_change=keep,
        )


def _one_symbol(there: Sequence[str], one: str, *, collapsed: bool = False) -> None:
    st.session_state[address.SYMBOL] = one
    keep = _keep(address.SYMBOL, str)
    if len(there) > _PILLS:
        st.selectbox("Symbol", there, key=address.SYMBOL, on_change=keep, width=160)
    else:
        st.segmented_control(
            "Symbol",
            there,
            format_func=plain,
            key=address.SYMBOL,
            required=True,
            on_change=keep,
            label_visibility="collapsed" if collapsed else "visible",
        )


def _sources(there: Sequence[str]) -> None:
    if len(there) < 2:  # noqa: PLR2004 - there is nothing to choose
        return
    st.session_state[address.SOURCES] = address.chosen_sources(query(), there)

    def text(chosen: list[str]) -> str:
        return "" if not chosen or chosen == list(there) else ",".join(chosen)

    st.pills(
        "Sources",
        there,
        selection_mode="multi",
        format_func=lambda it: plain(style(it).label),
        key=address.SOURCES,
        on_change=_keep(address.SOURCES, text),
    )


def _theme() -> None:
    """Draw links: Streamlit takes its theme from the address when the page is loaded."""
    now = address.chosen_theme(query())
    links = " ".join(
        f'<a href="{escape(address.with_theme(query(), name))}" target="_self"'
        f"{' aria-current="true"' if name == now else ''}>{label}</a>"
        for name, label in _THEMES.items()
    )
    st.html(f'<div class="links" role="group" aria-label="Theme">Theme: {links}</div>')
