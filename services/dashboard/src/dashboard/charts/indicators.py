"""Indicators (`dashboard.models.indicators`) as lines through candles and in the panel below."""

from collections.abc import Iterator, Sequence

import numpy as np

from dashboard.charts.curves import broken, gaps
from dashboard.charts.figure import Trace
from dashboard.charts.scale import Scale
from dashboard.models import indicators
from dashboard.models.candles import Candles
from dashboard.models.indicators import Indicator
from dashboard.store.bars import Floats
from dashboard.theme import Palette, faint

_LOW, _HIGH = 30, 70


def colors(chosen: Sequence[Indicator], palette: Palette) -> dict[Indicator, str]:
    """Give each its colour; the bars' own VWAP has the text's."""
    others = [it for it in chosen if it != indicators.BAR_VWAP]
    found = {it: palette.line(at) for at, it in enumerate(others)}
    return {indicators.BAR_VWAP: palette.text} | found


def over_prices(
    of: Candles, times: Floats, chosen: Sequence[Indicator], scale: Scale, palette: Palette
) -> list[Trace]:
    """Draw those that are prices, where there are any values, as lines that break as others do."""
    colored = colors(chosen, palette)
    return [
        _line(of, times, scale.of(values), indicator.label, colored[indicator])
        | {"hovertemplate": f"{name} %{{y:{scale.hovered}}}{scale.unit}<extra></extra>"}
        | _style(indicator, colored[indicator], at)
        for indicator in chosen
        for at, (name, values) in enumerate(_prices(of, indicator))
        if not np.all(np.isnan(values[of.first :]))
    ]


def _prices(of: Candles, it: Indicator) -> Iterator[tuple[str, Floats]]:
    closes = of.bars.candle_close
    if it.kind == "vwap":
        yield it.label, indicators.vwap(of.bars, it.length)
    elif it.kind == "sma":
        yield it.label, indicators.sma(closes, it.length)
    elif it.kind == "ema":
        yield it.label, indicators.ema(closes, it.length)
    elif it.kind == "bollinger":
        low, high = indicators.bollinger(closes, it.length, it.deviations)
        yield f"{it.label} low", low
        yield f"{it.label} high", high


def _style(it: Indicator, color: str, at: int) -> Trace:
    if it.kind == "bollinger":
        fill = {"fill": "tonexty", "fillcolor": faint(color, 0.08)} if at else {}
        return {"line": {"color": faint(color, 0.7), "width": 1}, **fill}
    return {
        "line": {"color": color, "width": 1.25, "dash": "dash" if it.kind == "vwap" else "solid"}
    }


def strength(
    of: Candles, times: Floats, chosen: Sequence[Indicator], palette: Palette, axis: str
) -> list[Trace]:
    """Draw those that go from 0 to 100."""
    colored = colors(chosen, palette)
    return [
        _line(of, times, indicators.rsi(of.bars.candle_close, it.length), it.label, colored[it])
        | {"yaxis": axis, "hovertemplate": f"{it.label} %{{y:.1f}}<extra></extra>"}
        for it in chosen
        if it.kind == "rsi"
    ]


def thresholds(palette: Palette, axis: str) -> list[Trace]:
    """Draw where a price counts as sold or bought too much."""
    line = {"color": palette.faded, "width": 1, "dash": "dot"}
    across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "line": line}
    return [across | {"y0": at, "y1": at} for at in (_LOW, _HIGH)]


def _line(of: Candles, times: Floats, values: Floats, name: str, color: str) -> Trace:
    breaks = gaps(of.shown)
    return {
        "type": "scatter",
        "x": broken(times, breaks),
        "y": broken(values[of.first :], breaks),
        "mode": "lines",
        "name": name,
        "line": {"color": color, "width": 1.25},
    }
