"""The large chart of the market page, and the table in its place."""

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
from dashboard.models.address import CHARTS, chosen_symbol
from dashboard.models.candles import candle_us, candles_of
from dashboard.models.listing import LISTED, Line, newest
from dashboard.models.looks import Looks
from dashboard.models.ranges import LABELS
from dashboard.models.scope import Scope
from dashboard.models.spikes import spikes
from dashboard.screens import tables
from dashboard.screens.cache import once
from dashboard.screens.query import query
from dashboard.screens.view import View
from dashboard.store import Key


def chart(view: View, scope: Scope, threshold_pct: float) -> None:
    """Draw the kind of chart that is chosen."""
    kind, looks, frame = view.choice.chart, view.choice.looks, view.frame
    symbol = chosen_symbol(query(), scope.symbols_shown)
    if kind == "candles" and symbol and (best := scope.best(symbol)):
        width = candle_us(scope.snapshot, scope.shown, looks.bar)
        drawn = once(view.data, candles, scope, (symbol, best[0]), width, looks, frame)
        height = candles_px(looks)
    elif kind == "compare":
        drawn, height = once(view.data, _compare, scope, frame), COMPARE_PX
    elif kind == "heat":
        drawn, height = once(view.data, _heat, scope, frame), heat_px(len(scope.bars))
    else:
        log = looks.axis == "log"
        drawn = once(view.data, _lines, scope, threshold_pct, frame, log=log)
        height = lines_px(len(scope.symbols_shown))
    with st.container(key="chart-drawn"):
        live_chart(drawn, height, label=_spoken(view, scope), key=f"chart-{kind}")


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


def candles(scope: Scope, key: Key, width_us: int, looks: Looks, frame: Frame) -> str:
    """Draw the candles of one symbol and source as the JSON of a figure."""
    found = candles_of(scope.snapshot, key, scope.shown, width_us, looks.bars_before)
    last = float(scope.bars[key].close[-1])
    return to_json(candlesticks(key, found, frame, looks, last))


def _compare(scope: Scope, frame: Frame) -> str:
    return to_json(compare(scope.drawn, scope.firsts, scope.symbols, frame))


def _heat(scope: Scope, frame: Frame) -> str:
    return to_json(heat(scope.bars, frame, scope.longest_us))


def _lines(scope: Scope, threshold_pct: float, frame: Frame, *, log: bool) -> str:
    found = spikes(scope, threshold_pct)
    return to_json(lines(scope.drawn, scope.symbols_shown, found, threshold_pct, frame, log=log))


def _spoken(view: View, scope: Scope) -> str:
    """Say what the chart shows, for those who do not see it."""
    named = f"{CHARTS[view.choice.chart]}, {LABELS[view.shown.name]}"
    figures = "The table in place of the chart has its newest figures, the export all"
    return f"Chart of {', '.join(scope.symbols_shown)}: {named}. {figures}"
