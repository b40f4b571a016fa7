"""The large chart of the market page, and the table in its place."""

from collections.abc import Callable
from functools import partial

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
from dashboard.models.listing import LISTED, Line, newest
from dashboard.models.ranges import LABELS
from dashboard.models.scope import Scope
from dashboard.models.spikes import Spike
from dashboard.screens import tables
from dashboard.screens.address import CHARTS
from dashboard.screens.look import View
from dashboard.screens.shared import once
from dashboard.store.bars import EMPTY


def chart(
    view: View, scope: Scope, found: list[Spike], threshold_pct: float, symbol: str | None
) -> None:
    """Draw the kind of chart that is chosen; `symbol` is whose candles."""
    figure, height = _figure(view, scope, found, threshold_pct, symbol)
    key = (*view.key, scope.symbols, scope.sources)
    drawn = once(view.look, ("figure", view.choice.chart, symbol, *key), lambda: to_json(figure()))
    with st.container(key="chart-drawn"):
        live_chart(drawn, height, label=_spoken(view, scope), key=f"chart-{view.choice.chart}")


def table(view: View, scope: Scope) -> None:
    """Draw the newest bars in figures, for those who want them so or do not see the chart."""
    count = sum(map(len, scope.bars.values()))
    heads = ("To", "Symbol", "Source", "Average", "Minimum", "Maximum", "Last")
    with st.container(key="table", gap="xsmall"):
        tables.rows(heads, [_line(it, view) for it in newest(scope.bars)], right=4)
        if count > LISTED:
            st.caption(f"The newest {LISTED} of {count:,}; the export has all.")


def _line(it: Line, view: View) -> tuple[str, ...]:
    prices = (it.average, it.low, it.high, it.close)
    return *tables.named(it.until, it.symbol, it.source, view), *map(words.price, prices)


def _figure(
    view: View, scope: Scope, found: list[Spike], threshold_pct: float, symbol: str | None
) -> tuple[Callable[[], Figure], int]:
    """Choose what is to be drawn, and how high it is."""
    frame = Frame(view.shown, view.palette, view.zone)
    there = scope.with_figures
    if view.choice.chart == "candles" and symbol:
        return partial(_candles, scope, symbol, frame), CANDLES_PX
    if view.choice.chart == "compare":
        return lambda: compare(scope.drawn, scope.firsts, scope.symbols, frame), COMPARE_PX
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
    figures = "The table in place of the chart has its newest figures, the export all"
    return f"Chart of {', '.join(scope.with_figures)}: {named}. {figures}"
