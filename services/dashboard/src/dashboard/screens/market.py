"""The market page: cards, one large chart, spikes, and all of it as a file."""

from collections.abc import Callable
from functools import partial
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboard.charts.candles import HEIGHT_PX as CANDLES_PX
from dashboard.charts.candles import candlesticks
from dashboard.charts.compare import HEIGHT_PX as COMPARE_PX
from dashboard.charts.compare import compare
from dashboard.charts.figure import Figure, Frame, to_json
from dashboard.charts.heat import heat
from dashboard.charts.heat import height_px as heat_px
from dashboard.charts.lines import height_px as lines_px
from dashboard.charts.lines import lines
from dashboard.live_chart import live_chart
from dashboard.models import words
from dashboard.models.candles import candles, width_us
from dashboard.models.cards import cards
from dashboard.models.ranges import LABELS
from dashboard.models.scope import Scope
from dashboard.models.spikes import LISTED, Spike, spikes
from dashboard.screens import controls, parts
from dashboard.screens.address import CHARTS, chosen_symbols
from dashboard.screens.asked import asked
from dashboard.screens.export import PATH
from dashboard.screens.look import View
from dashboard.screens.shared import once
from dashboard.store.bars import EMPTY
from dashboard.theme import style


def market(view: View, threshold_pct: float) -> None:
    """Draw the page; there is a window at least."""
    symbols = chosen_symbols(asked(), view.look.symbols)
    if not symbols:
        st.info("No symbol is chosen. Choose one above to see its windows.")
        return
    scope = view.scope(symbols)
    key = (*view.key, scope.symbols, scope.sources)
    scope = once(view.look, ("scope", *key), lambda: scope)
    parts.cards(
        once(view.look, ("cards", *key), lambda: cards(scope, view.look.statuses)),
        view.look.now,
        view.zone,
        view.palette,
    )
    if not scope.with_figures:
        st.info("None of the chosen symbols has a window in this range. Try a longer one.")
        return
    found = once(view.look, ("spikes", *key), lambda: spikes(scope.bars, threshold_pct))
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="chart-choices"
    ):
        controls.chart_kind(view)
        symbol = None
        if view.choice.chart == "candles":
            symbol = controls.one_symbol(scope.with_figures)
        st.space("stretch")
        _export()
    figure, height = _figure(view, scope, found, threshold_pct, symbol)
    drawn = once(view.look, ("figure", view.choice.chart, symbol, *key), lambda: to_json(figure()))
    with st.container(key="chart-drawn"):
        live_chart(drawn, height, label=_spoken(view, scope), key=f"chart-{view.choice.chart}")
    _spikes(view, found, threshold_pct)


def _figure(
    view: View, scope: Scope, found: list[Spike], threshold_pct: float, symbol: str | None
) -> tuple[Callable[[], Figure], int]:
    """Choose what is to be drawn, and how high it is."""
    frame = Frame(view.shown, view.palette, view.zone)
    there = scope.with_figures
    if view.choice.chart == "candles" and symbol:
        return partial(_candles, scope, symbol, frame), CANDLES_PX
    if view.choice.chart == "compare":
        return lambda: compare(scope.drawn, scope.symbols, frame), COMPARE_PX
    if view.choice.chart == "heat":
        return lambda: heat(scope.bars, frame), heat_px(len(scope.bars))
    return lambda: lines(scope.drawn, there, found, threshold_pct, frame), lines_px(len(there))


def _candles(scope: Scope, symbol: str, frame: Frame) -> Figure:
    """Draw a symbol of `scope.with_figures`."""
    width = width_us(scope.shown.span)
    source, bars = scope.best(symbol) or ("", EMPTY)
    return candlesticks(symbol, source, candles(bars, width), width, frame)


def _spoken(view: View, scope: Scope) -> str:
    """Say what the chart shows, for those who do not see it."""
    named = f"{CHARTS[view.choice.chart]}, {LABELS[view.shown.name]}"
    figures = "The cards above have the newest figures, the export all"
    return f"Chart of {', '.join(scope.with_figures)}: {named}. {figures}"


def _export() -> None:
    with st.popover("Export", icon=":material/download:", key="export"):
        query = escape(urlencode(asked(), safe=",:"))
        links = " ".join(
            f'<a href="{PATH}/{kind}?{query}" target="_self" download>{label}</a>'
            for kind, label in (("csv", "CSV"), ("parquet", "Parquet"))
        )
        st.caption("What the chart is made of: the chosen symbols, sources and range.")
        st.html(f'<div class="links">{links}</div>')


def _spikes(view: View, found: list[Spike], threshold_pct: float) -> None:
    with st.container(key="spikes", gap="xsmall"):
        st.markdown(f"##### Spikes of {threshold_pct:g} % and more", anchors=False)
        if not found:
            st.caption("None in this range.")
            return
        shown = [_told(it, view) for it in found[:LISTED]]
        heads = ("Window to", "Symbol", "Source", "Maximum", "Over average", "Lasted")
        parts.rows(heads, shown, right=3)
        if len(found) > LISTED:
            st.caption(f"The newest {LISTED} of {len(found)}.")


def _told(it: Spike, view: View) -> tuple[str, ...]:
    look = style(it.source)
    return (
        words.moment(it.at.replace(microsecond=0), view.look.now, view.zone),
        f"**{it.symbol}**",
        f":{look.color}-badge[{look.icon} {look.label}]",
        words.price(it.peak),
        f"{it.deviation_pct:.2f} %",
        words.duration(it.lasted),
    )
