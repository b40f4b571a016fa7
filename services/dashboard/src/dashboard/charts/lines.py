"""The rolling average, VWAP and maximum, and the band of all prices: one panel a symbol."""

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.charts.alerts import alert_marks
from dashboard.charts.axes import axis_name, price_margin_px, time_axis
from dashboard.charts.curves import broken, gaps, outline, points
from dashboard.charts.figure import (
    MARGIN_PX,
    Figure,
    Frame,
    Trace,
    layout,
    millisecond,
    milliseconds,
    title,
)
from dashboard.charts.live_ends import live_ends
from dashboard.charts.scale import Scale
from dashboard.models.spikes import Spike
from dashboard.models.words import price_decimals
from dashboard.store import Bars, Key
from dashboard.theme import SourceStyle, faint, named, style

_FEW = 40
_EDGE, _BAND = "edge", "band"
_GAP_PX = 26
_PANELS_PX = {1: 420, 2: 230, 3: 180, 4: 150}
_SMALL_PANEL_PX = 132


def height_px(panels: int) -> int:
    """Tell how high the figure is."""
    inner = panels * _PANELS_PX.get(panels, _SMALL_PANEL_PX)
    return inner + MARGIN_PX["t"] + MARGIN_PX["b"] + _GAP_PX


def lines(
    bars: Mapping[Key, Bars],
    symbols: Sequence[str],
    spikes: Sequence[Spike],
    threshold_pct: float,
    frame: Frame,
    *,
    log: bool = False,
) -> Figure:
    """Draw the bars of the symbols, each source as lines of its own, on axes that may be `log`.

    The average goes through its extremes where a bar is of many windows. A line breaks where
    windows are missing, and the VWAP where nothing was traded. All VWAPs are one in the legend.
    """
    traces: list[Trace] = []
    in_legend = {_EDGE} if len({source for _, source in bars}) == 1 else {_EDGE, _BAND}
    for at, symbol in enumerate(symbols):
        for (of, source), its in bars.items():
            if of == symbol:
                marks = [it for it in spikes if (it.symbol, it.source) == (symbol, source)]
                made = _traces(symbol, its, style(source), frame)
                made += [_spikes(symbol, marks, threshold_pct, frame)] if marks else []
                made += alert_marks((symbol, source), its.end, its.average, frame)
                for trace in made:
                    group = str(trace.setdefault("legendgroup", trace["name"]))
                    kind = str(trace.pop("kind", group))
                    shown = kind not in in_legend
                    in_legend.add(kind)
                    traces.append(trace | {"yaxis": axis_name(at), "showlegend": shown})
    decimals = max(map(_decimals, bars.values()), default=0)
    scale = Scale("log" if log else "price", 1.0, decimals)
    framed = _layout(symbols, frame, scale) | {"margin": price_margin_px(decimals)}
    axes = {
        key: (axis_name(symbols.index(key[0])), frame.palette.sources[style(key[1]).color])
        for key in bars
        if key[0] in symbols
    }
    framed["meta"]["live"] = live_ends(bars, axes, frame)
    return {"data": traces, "layout": framed}


def _decimals(bars: Bars) -> int:
    return price_decimals(np.concatenate([bars.low, bars.high, bars.average]))


def _traces(symbol: str, bars: Bars, styled: SourceStyle, frame: Frame) -> list[Trace]:
    color = frame.palette.sources[styled.color]
    breaks = gaps(bars)
    times = milliseconds(broken(bars.end, breaks))
    few = len(bars) <= _FEW or styled.marker
    mode = "lines+markers" if few else "lines"
    line_x, line_y = points(bars, breaks)
    price = f",.{_decimals(bars)}f"
    edge = {"x": times, "type": "scatter", "mode": "lines", "connectgaps": False}
    average = {
        "type": "scatter",
        "x": milliseconds(line_x),
        "y": line_y,
        "mode": mode,
        "name": f"Average · {named(styled)}",
        "line": {"color": color, "width": 2, "dash": styled.dash},
        "marker": {"size": 6 if styled.marker else 4, "symbol": styled.marker or "circle"},
        "hovertemplate": f"{symbol} average %{{y:{price}}}<extra></extra>",
    }
    vwap = edge | {  # close to the average, whose colour tells the source: below it, in no colour
        "y": broken(bars.vwap, breaks),
        "mode": mode,
        "name": "VWAP",
        "line": {"color": frame.palette.faded, "width": 1.25, "dash": "dash"},
        "zorder": -1,
        "marker": {"size": 3, "symbol": "diamond"},
        "hovertemplate": f"{symbol} VWAP %{{y:{price}}}<extra></extra>",
    }
    maximum = edge | {
        "y": broken(bars.high, breaks),
        "mode": mode,
        "name": f"Maximum · {named(styled)}",
        "line": {"color": faint(color, 0.6), "width": 1},
        "marker": {"size": 3, "symbol": styled.marker or "circle"},
        "hovertemplate": f"{symbol} maximum %{{y:{price}}}<extra></extra>",
    }
    minimum = edge | {
        "y": broken(bars.low, breaks),
        "name": f"Minimum to maximum · {styled.label}",
        "kind": _EDGE,
        "line": {"color": faint(color, 0.25), "width": 1},
        "hovertemplate": f"{symbol} minimum %{{y:{price}}}<extra></extra>",
    }
    band = {
        "type": "scatter",
        **outline(bars, breaks),
        "mode": "none",
        "fill": "toself",
        "fillcolor": faint(color, 0.12),
        "kind": _BAND,
        "name": f"Minimum to maximum · {styled.label}",
        "hoverinfo": "skip",
    }
    traded = [] if np.all(np.isnan(bars.vwap)) else [vwap]
    return [average, *traded, maximum, minimum, band]


def _spikes(symbol: str, found: Sequence[Spike], threshold_pct: float, frame: Frame) -> Trace:
    return {
        "type": "scatter",
        "x": np.array([millisecond(it.at) for it in found]),
        "y": np.array([it.peak for it in found]),
        "customdata": [it.deviation_pct for it in found],
        "mode": "markers",
        "name": f"Spike ≥ {threshold_pct:g} %",
        "marker": {"symbol": "triangle-down", "size": 10, "color": frame.palette.spike},
        "hovertemplate": f"{symbol} spike %{{customdata:.2f}} % over average<extra></extra>",
    }


def _ticks(panels: int, frame: Frame) -> int:
    """Choose how many ticks a panel has at most: fewer where the screen's height is shared out."""
    return 8 if panels == 1 else 2 if frame.fills else 4


def _layout(symbols: Sequence[str], frame: Frame, scale: Scale) -> Figure:
    count = len(symbols)
    height = height_px(count)
    made = layout(frame, height, revision=f"lines {symbols} {scale.kind}")
    made["hoversubplots"] = "axis"
    made["xaxis"] = time_axis(frame)
    gap = _GAP_PX / (height - MARGIN_PX["t"] - MARGIN_PX["b"])
    for at, symbol in enumerate(symbols):
        top, bottom = 1 - at / count - gap, 1 - (at + 1) / count
        made[f"yaxis{at + 1 if at else ''}"] = scale.axis(
            frame, domain=[max(0.0, bottom), top], nticks=_ticks(count, frame)
        )
        made["annotations"].append(title(symbol, top))
    return made
