"""The symbol page: one symbol in depth."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import streamlit as st

from contracts.times import MICROSECOND
from dashboard.charts.candles import height_px as candles_px
from dashboard.charts.figure import Frame, to_json
from dashboard.charts.returns import HEIGHT_PX, distribution, rolling_correlation
from dashboard.live.component import live_place
from dashboard.live_chart import live_chart
from dashboard.models import words
from dashboard.models.address import MANY, chosen_symbol
from dashboard.models.candles import candle_us, candles, returns_pct
from dashboard.models.scope import Scope
from dashboard.models.spikes import spikes_of
from dashboard.models.statistics import Statistics, correlations, statistics
from dashboard.models.words import bold, length, plain, span
from dashboard.screens import main_chart, parts
from dashboard.screens.cache import once
from dashboard.screens.query import query
from dashboard.screens.view import View
from dashboard.store import Bars
from dashboard.theme import style

_OVER = 20
_FEW = 3


@dataclass(frozen=True, eq=False)
class _Depth:
    """A symbol's newest source, its bars and candles, and the scope of those beside it.

    Each is itself only, so that it can be part of a key.
    """

    scope: Scope
    symbol: str
    source: str
    bars: Bars
    candles: Bars
    width_us: int

    @cached_property
    def statistics(self) -> Statistics:
        """What the symbol did over the range."""
        return statistics(self.bars, self.candles)

    @property
    def width(self) -> str:
        """How long a candle is, for people."""
        return length(self.width_us * MICROSECOND)

    @property
    def covered(self) -> timedelta:
        """Over how long its change is."""
        return self.scope.covered(self.bars.end[0], self.bars.end[-1])

    @property
    def correlated(self) -> int:
        """Over how many candles to correlate."""
        return min(_OVER, max(_FEW, len(self.candles) // 3))


def symbol(view: View, threshold_pct: float) -> None:
    """Draw the page; there is a window at least."""
    there = view.data.symbols
    chosen = chosen_symbol(query(), there)
    if chosen is None:
        st.info("There is no symbol yet.")
        return
    scope = view.scope([chosen, *[it for it in there if it != chosen][: MANY - 1]])
    it = once(view.data, _depth, scope, chosen, view.choice.looks.bar)
    if it is None:
        st.info(f"{plain(chosen)} has no window in this range. Try a longer one.")
        return
    st.markdown(f"#### {bold(chosen)} {parts.badge(it.source)}", anchors=False)
    st.html(live_place(chosen, it.source))
    if len(it.candles):
        _candles(view, it)
    _figures(view, it, threshold_pct)
    if len(it.candles):
        _returns_and_correlation(view, it)


def _depth(scope: Scope, chosen: str, bar: str | None) -> _Depth | None:
    best = scope.best(chosen)
    if best is None:
        return None
    source, bars = best
    width = candle_us(scope.snapshot, scope.shown, bar)
    width = max(width, scope.resolution_us)
    return _Depth(scope, chosen, source, bars, candles(bars, width), width)


def _candles(view: View, it: _Depth) -> None:
    looks = view.choice.looks
    key = it.symbol, it.source
    drawn = once(view.data, main_chart.candles, it.scope, key, it.width_us, looks, view.frame)
    live_chart(drawn, candles_px(looks), label=f"Candles of {it.symbol}", key="symbol-candles")


def _figures(view: View, it: _Depth, threshold_pct: float) -> None:
    found = it.statistics
    key = it.symbol, it.source
    count = len(spikes_of(key, it.bars, threshold_pct, it.scope.window_us))
    vwap = "none" if found.vwap is None else words.price(found.vwap)
    volume = "none" if found.volume is None else words.amount(found.volume)
    shown = (
        ("Last", words.price(found.last), f"from {words.price(found.first)}"),
        ("Change", _change(found.change_pct), f"over {span(it.covered)}"),
        ("High", words.price(found.high), _when(found.high_at, view, it)),
        ("Low", words.price(found.low), _when(found.low_at, view, it)),
        ("Mean", words.price(found.mean), "of the averages"),
        ("VWAP", vwap, "mean weighted by volume"),
        (
            "Volatility",
            _per_cent(found.volatility_pct),
            f"standard deviation of {it.width} returns",
        ),
        ("Best return", _per_cent(found.best_pct), f"in {it.width}"),
        ("Worst return", _per_cent(found.worst_pct), f"in {it.width}"),
        ("Volume", volume, "1 quote" if found.quotes == 1 else f"{found.quotes:,} quotes"),
        ("Spikes", str(count), f"of {threshold_pct:g} % and more"),
    )
    with st.grid(parts.columns(len(shown)), min_column_width=150, gap="small", key="statistics"):
        for label, value, note in shown:
            with st.container(border=True, gap=None, height="stretch"):
                st.metric(label, value)
                st.caption(note)


def _when(at: datetime, view: View, it: _Depth) -> str:
    """Write the end of the window or bar that something was in, with how long a bar is."""
    within_us = it.scope.resolution_us
    end = words.moment(at, view.data.now, view.zone)
    return f"{length(within_us * MICROSECOND)} to {end}" if within_us else end


def _change(value: float | None) -> str:
    return "too few" if value is None else words.per_cent(value)


def _per_cent(value: float | None) -> str:
    return "too few" if value is None else f"{value:.3f} %"


def _returns_and_correlation(view: View, it: _Depth) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("##### Distribution of returns", anchors=False)
        if drawn := once(view.data, _returns, it, view.frame):
            live_chart(drawn, HEIGHT_PX, label=f"Returns of {it.symbol}", key="symbol-returns")
        else:
            st.caption("Too few candles in this range.")
    with right:
        title = f"Correlation over {it.correlated} candles of {it.width}"
        st.markdown(f"##### {title}", anchors=False)
        if drawn := once(view.data, _correlation, it, view.frame):
            label = f"{title} of {it.symbol}"
            live_chart(drawn, HEIGHT_PX, label=label, key="symbol-correlation")
        else:
            st.caption("Too few candles that two symbols share in this range.")


def _returns(it: _Depth, frame: Frame) -> str:
    """Draw how often returns of each size came; empty where there are too few."""
    returns = returns_pct(it.candles)
    if len(returns) < _FEW:
        return ""
    color = frame.palette.sources[style(it.source).color]
    return to_json(distribution(it.symbol, returns, color, frame))


def _correlation(it: _Depth, frame: Frame) -> str:
    """Draw how others move with the symbol; empty where there is too little to tell."""
    best = {name: it.scope.best(name) for name in it.scope.symbols if name != it.symbol}
    others = {name: candles(found[1], it.width_us) for name, found in best.items() if found}
    found = correlations(it.candles, others, it.width_us, it.correlated)
    return to_json(rolling_correlation(found, frame)) if found else ""
