"""The rolling average, VWAP and maximum, and the band of all prices: one panel a symbol."""

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.charts.alerts import alert_marks
from dashboard.charts.axes import time_axis
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
from dashboard.theme import faint, named, style

_FEW = 40
_GAP_PX = 26
_PANELS_PX = {1: 420, 2: 230, 3: 180, 4: 150}
_SMALL_PANEL_PX = 132
_TICK_PX = 33
_FEW_TICKS = 2  # where panels share the height of the screen


def height_px(panels: int) -> int:
    """Tell how high the figure is."""
    return panels * _panel_px(panels) + MARGIN_PX["t"] + MARGIN_PX["b"] + _GAP_PX


def _panel_px(panels: int) -> int:
    return _PANELS_PX.get(panels, _SMALL_PANEL_PX)


def lines(
    bars: Mapping[Key, Bars],
    symbols: Sequence[str],
    spikes: Sequence[Spike],
    threshold_pct: float,
    frame: Frame,
    *,
    log: bool,
) -> Figure:
    """Draw the bars of the symbols, each source as lines of its own, on axes that may be `log`.

    The average goes through its extremes where a bar is of many windows. A line breaks where
    windows are missing, and the VWAP where nothing was traded. All VWAPs are one in the legend.
    """
    decimals = {
        key: price_decimals(np.concatenate([its.low, its.high, its.average]))
        for key, its in bars.items()
    }
    one_source = len({source for _, source in bars}) == 1
    axes = {key: (_axis(symbols.index(key[0])), _color(key, frame)) for key in bars}
    traces: list[Trace] = []
    for key, its in bars.items():
        made = [
            *_curves(key, its, decimals[key], frame),
            *_band(key, its, decimals[key], frame, is_named=one_source),
            *_spikes(key, spikes, threshold_pct, frame),
            *alert_marks(key, its.end, its.average, frame),
        ]
        traces += [it | {"yaxis": axes[key][0]} for it in made]
    _name_once(traces)
    highest = max((float(its.high.max()) for its in bars.values()), default=0.0)
    kind = "log" if log else "price"
    scale = Scale(kind, 1.0, max(decimals.values(), default=0), highest)
    framed = _layout(symbols, frame, scale)
    framed["meta"]["live"] = live_ends(bars, axes, frame)
    return {"data": traces, "layout": framed}


def _axis(panel: int) -> str:
    """Name the axis of values of a panel as traces do: y, y2, y3."""
    return f"y{panel + 1}" if panel else "y"


def _name_once(traces: Sequence[Trace]) -> None:
    """Name what several panels have once in the legend, where a click hides it in all of them."""
    named: set[str] = set()
    for trace in traces:
        trace["legendgroup"] = trace["name"]
        trace["showlegend"] = trace.get("showlegend", True) and trace["name"] not in named
        if trace["showlegend"]:
            named.add(trace["name"])


def _color(key: Key, frame: Frame) -> str:
    return frame.palette.sources[style(key[1]).color]


def _hover(key: Key, what: str, decimals: int) -> str:
    return f"{key[0]} {what} %{{y:,.{decimals}f}}<extra></extra>"


def _curves(key: Key, bars: Bars, decimals: int, frame: Frame) -> list[Trace]:
    """Draw average, VWAP and maximum."""
    styled, color = style(key[1]), _color(key, frame)
    breaks = gaps(bars)
    ends = milliseconds(broken(bars.end, breaks))
    mode = "lines+markers" if len(bars) <= _FEW or styled.marker else "lines"
    shared = {"type": "scatter", "x": ends, "mode": mode}
    line_x, line_y = points(bars, breaks)
    average = shared | {
        "x": milliseconds(line_x),
        "y": line_y,
        "name": f"Average · {named(styled)}",
        "line": {"color": color, "width": 2, "dash": styled.dash},
        "marker": {"size": 6 if styled.marker else 4, "symbol": styled.marker or "circle"},
        "hovertemplate": _hover(key, "average", decimals),
    }
    vwap = shared | {  # close to the average, whose colour tells the source: below it, in no colour
        "y": broken(bars.vwap, breaks),
        "name": "VWAP",
        "line": {"color": frame.palette.faded, "width": 1.25, "dash": "dash"},
        "zorder": -1,
        "marker": {"size": 3, "symbol": "diamond"},
        "hovertemplate": _hover(key, "VWAP", decimals),
    }
    maximum = shared | {
        "y": broken(bars.high, breaks),
        "name": f"Maximum · {named(styled)}",
        "line": {"color": faint(color, 0.6), "width": 1},
        "marker": {"size": 3, "symbol": styled.marker or "circle"},
        "hovertemplate": _hover(key, "maximum", decimals),
    }
    return [average, *([] if np.all(np.isnan(bars.vwap)) else [vwap]), maximum]


def _band(key: Key, bars: Bars, decimals: int, frame: Frame, *, is_named: bool) -> list[Trace]:
    """Fill from the minimum to the maximum, with a line along the minimum."""
    color, breaks = _color(key, frame), gaps(bars)
    name = f"Minimum to maximum · {style(key[1]).label}"
    minimum = {
        "type": "scatter",
        "x": milliseconds(broken(bars.end, breaks)),
        "y": broken(bars.low, breaks),
        "mode": "lines",
        "name": name,
        "showlegend": False,
        "line": {"color": faint(color, 0.25), "width": 1},
        "hovertemplate": _hover(key, "minimum", decimals),
    }
    filled = {
        "type": "scatter",
        **outline(bars, breaks),
        "mode": "none",
        "fill": "toself",
        "fillcolor": faint(color, 0.12),
        "name": name,
        "showlegend": is_named,
        "hoverinfo": "skip",
    }
    return [minimum, filled]


def _spikes(key: Key, spikes: Sequence[Spike], threshold_pct: float, frame: Frame) -> list[Trace]:
    found = [it for it in spikes if (it.symbol, it.source) == key]
    if not found:
        return []
    return [
        {
            "type": "scatter",
            "x": np.array([millisecond(it.at) for it in found]),
            "y": np.array([it.peak for it in found]),
            "customdata": [it.deviation_pct for it in found],
            "mode": "markers",
            "name": f"Spike ≥ {threshold_pct:g} %",
            "marker": {"symbol": "triangle-down", "size": 10, "color": frame.palette.spike},
            "hovertemplate": f"{key[0]} spike %{{customdata:.2f}} % over average<extra></extra>",
        }
    ]


def _layout(symbols: Sequence[str], frame: Frame, scale: Scale) -> Figure:
    count = len(symbols)
    height = height_px(count)
    made = layout(frame, height, revision=f"lines {symbols} {scale.kind}")
    made["hoversubplots"] = "axis"
    made["xaxis"] = time_axis(frame)
    made["margin"] = scale.margin_px
    ticks = _FEW_TICKS if frame.fills and count > 1 else _panel_px(count) // _TICK_PX
    gap = _GAP_PX / (height - MARGIN_PX["t"] - MARGIN_PX["b"])
    for at, symbol in enumerate(symbols):
        top, bottom = 1 - at / count - gap, 1 - (at + 1) / count
        made[_axis(at).replace("y", "yaxis")] = scale.axis(
            frame, domain=[max(0.0, bottom), top], nticks=ticks
        )
        made["annotations"].append(title(symbol, top))
    return made
