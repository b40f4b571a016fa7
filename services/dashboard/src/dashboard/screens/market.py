"""The market page: cards, one large chart, spikes, and all of it as a file."""

from html import escape

import streamlit as st

from dashboard.models import words
from dashboard.models.address import chosen_symbols, fixed, query_of
from dashboard.models.cards import cards, figures
from dashboard.models.export import a_row
from dashboard.models.scope import Scope
from dashboard.models.spikes import LISTED, Spike, spikes
from dashboard.routes import PATH
from dashboard.screens import controls, main_chart, tables
from dashboard.screens.cache import once
from dashboard.screens.cards import draw_cards
from dashboard.screens.query import query
from dashboard.screens.view import View


def market(view: View, threshold_pct: float) -> None:
    """Draw the page; there is a window at least."""
    symbols = chosen_symbols(query(), view.data.symbols)
    if not symbols:
        st.info("No symbol is chosen. Choose one above to see its windows.")
        return
    scope = view.scope(symbols)
    found = once(view.data, figures, scope)
    draw_cards(cards(symbols, found, view.data.statuses, view.data.now), view)
    if not scope.symbols_shown:
        st.info("None of the chosen symbols has a window in this range. Try a longer one.")
        return
    if not view.choice.wall:
        _chart_choices(view, scope)
    if view.choice.chart == "table":
        main_chart.table(view, scope)
    else:
        main_chart.chart(view, scope, threshold_pct)
    if not view.choice.wall:
        _spikes(view, once(view.data, spikes, scope, threshold_pct), threshold_pct)


def _chart_choices(view: View, scope: Scope) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="chart-choices"
    ):
        controls.chart_kind(view)
        if view.choice.chart == "candles":
            controls.one_symbol(scope.symbols_shown)
        st.space("stretch")
        _export(view, scope)


def _export(view: View, scope: Scope) -> None:
    with st.popover("Export", icon=":material/download:", key="export"):
        wanted = query() | (fixed(view.shown) if view.choice.paused else {})
        address = escape(query_of(wanted))
        links = " ".join(
            f'<a href="{PATH}/{kind}?{address}" target="_self" download>{label}</a>'
            for kind, label in (("csv", "CSV"), ("parquet", "Parquet"))
        )
        st.caption("What the chart is made of: the chosen symbols, sources and range.")
        st.caption(a_row(scope))
        st.html(f'<div class="links">{links}</div>')


def _spikes(view: View, found: list[Spike], threshold_pct: float) -> None:
    with st.container(key="spikes", gap="xsmall"):
        st.markdown(f"##### Spikes of {threshold_pct:g} % and more", anchors=False)
        if not found:
            st.caption("None in this range.")
            return
        shown = [_row(it, view) for it in found[:LISTED]]
        heads = ("Window to", "Symbol", "Source", "Maximum", "Over average", "Lasted")
        tables.rows(heads, shown, right=3)
        if len(found) > LISTED:
            st.caption(f"The newest {LISTED} of {len(found)}.")


def _row(it: Spike, view: View) -> tuple[str, ...]:
    return (
        *tables.named(it.at, it.symbol, it.source, view),
        words.price(it.peak),
        f"{it.deviation_pct:.2f} %",
        words.span(it.lasted),
    )
