"""The large chart of the market page, and the table in its place."""

from collections.abc import Callable

import streamlit as st

from dashboard.charts.candles import candlesticks
from dashboard.charts.candles import height_px as candles_px
from dashboard.charts.compare import HEIGHT_PX as COMPARE_PX
from dashboard.charts.compare import compare
from dashboard.charts.figure import Frame, to_json
from dashboard.charts.heat import heat
from dashboard.charts.heat import height_px as heat_px
from dashboard.charts.lines import height_px as lines_px
from dashboard.charts.lines import lines
from dashboard.live_chart import live_chart
from dashboard.models import words
from dashboard.models.address import CHARTS
from dashboard.models.candles import candle_us, candles_of
from dashboard.models.listing import LISTED, Line, newest
from dashboard.models.looks import Looks
from dashboard.models.ranges import LABELS
from dashboard.models.scope import Scope
from dashboard.models.spikes import spikes
from dashboard.screens import tables
from dashboard.screens.cache import once
from dashboard.screens.view import View
from dashboard.store.bars import EMPTY


def chart(view: View, scope: Scope, threshold_pct: float, symbol: str | None) -> None:
    """Draw the kind of chart that is chosen; `symbol` is whose candles."""
    looks = view.choice.looks
    draw, height = _kind(view.choice.chart, scope, symbol, looks)
    drawn = once(view.data, draw, scope, symbol, threshold_pct, looks, view.frame)
    with st.container(key="chart-drawn"):
        live_chart(drawn, height, label=_spoken(view, scope), key=f"chart-{view.choice.chart}")


def table(view: View, scope: Scope) -> None:
    """Draw the newest bars in figures, for those who want them so or do not see the chart."""
    count = sum(map(len, scope.bars.values()))
    heads = ("To", "Symbol", "Source", "Average", "VWAP", "Minimum", "Maximum", "Last")
    with st.container(key="table", gap="xsmall"):
        tables.rows(heads, [_line(it, view) for it in newest(scope.bars)], right=5)
        if count > LISTED:
            st.caption(f"The newest {LISTED} of {count:,}; the export has all.")


def _line(it: Line, view: View) -> tuple[str, ...]:
    prices = (it.average, it.vwap, it.low, it.high, it.close)
    written = ("none" if price is None else words.price(price) for price in prices)
    return *tables.named(it.until, it.symbol, it.source, view), *written


type _Draw = Callable[[Scope, str | None, float, Looks, Frame], str]
"""What draws a scope, or one symbol of it, as the JSON of a figure."""


def _kind(chart: str, scope: Scope, symbol: str | None, looks: Looks) -> tuple[_Draw, int]:
    """Choose what draws a kind of chart, and how high it is."""
    if chart == "candles" and symbol:
        return _candles, candles_px(looks)
    if chart == "compare":
        return _compare, COMPARE_PX
    if chart == "heat":
        return _heat, heat_px(len(scope.bars))
    return _lines, lines_px(len(scope.with_figures))


def _lines(scope: Scope, _: str | None, threshold_pct: float, looks: Looks, frame: Frame) -> str:
    found = spikes(scope, threshold_pct)
    log = looks.axis == "log"
    return to_json(lines(scope.drawn, scope.with_figures, found, threshold_pct, frame, log=log))


def _compare(scope: Scope, _: str | None, __: float, ___: Looks, frame: Frame) -> str:
    return to_json(compare(scope.drawn, scope.firsts, scope.symbols, frame))


def _heat(scope: Scope, _: str | None, __: float, ___: Looks, frame: Frame) -> str:
    return to_json(heat(scope.bars, frame))


def _candles(scope: Scope, symbol: str | None, _: float, looks: Looks, frame: Frame) -> str:
    """Draw a symbol of `scope.with_figures`."""
    symbol = symbol or ""
    source, _bars = scope.best(symbol) or ("", EMPTY)
    key, shown = (symbol, source), scope.shown
    width = candle_us(scope.snapshot, shown, looks.bar)
    found = candles_of(scope.snapshot, key, shown, width, looks.bars_before)
    return to_json(candlesticks(symbol, source, found, frame, looks))


def _spoken(view: View, scope: Scope) -> str:
    """Say what the chart shows, for those who do not see it."""
    named = f"{CHARTS[view.choice.chart]}, {LABELS[view.shown.name]}"
    figures = "The table in place of the chart has its newest figures, the export all"
    return f"Chart of {', '.join(scope.with_figures)}: {named}. {figures}"
