"""One symbol's returns, and how others move with it."""

from collections.abc import Mapping

import numpy as np

from dashboard.charts.axes import time_axis, value_axis
from dashboard.charts.figure import Figure, Frame, layout, milliseconds, one_of_several
from dashboard.models.statistics import Correlation
from dashboard.store.bars import Floats
from dashboard.theme import faint

HEIGHT_PX = 300
_BINS = 31
_FEW = 5


def distribution(symbol: str, returns_pct: Floats, color: str, frame: Frame) -> Figure:
    """Draw how often a symbol's returns of each size came, with a bell curve of the same spread."""
    reach = max(float(np.abs(returns_pct).max()), 1e-6)
    edges = np.linspace(-reach, reach, _BINS + 1)
    counts, _ = np.histogram(returns_pct, edges)
    middle = (edges[1:] + edges[:-1]) / 2
    width = edges[1] - edges[0]
    spread = float(np.std(returns_pct)) or reach
    expected = np.exp(-0.5 * ((middle - returns_pct.mean()) / spread) ** 2)
    expected *= len(returns_pct) * width / (spread * np.sqrt(2 * np.pi))
    bars = {
        "type": "bar",
        "x": middle,
        "y": counts,
        "width": width * 0.92,
        "name": "Candles",
        "marker": {"color": faint(color, 0.55), "line": {"color": color, "width": 1}},
        "hovertemplate": "%{x:+.3f} %: %{y} candles<extra></extra>",
    }
    bell = {
        "type": "scatter",
        "x": middle,
        "y": expected,
        "mode": "lines",
        "line": {"color": frame.palette.faded, "width": 1.5, "dash": "dash", "shape": "spline"},
        "name": "Normal distribution of the same spread",
        "hoverinfo": "skip",
    }
    made = layout(frame, HEIGHT_PX, revision=f"distribution {symbol}") | {"hovermode": "closest"}
    made |= {"annotations": [], "meta": {}}
    made["xaxis"] = {"ticksuffix": " %", "gridcolor": frame.palette.border, "zeroline": True}
    made["xaxis"] |= {"zerolinecolor": frame.palette.faded, "tickfont": made["font"]}
    made["yaxis"] = value_axis(frame, tickformat=",d", rangemode="tozero")
    if counts.max() < _FEW:
        made["yaxis"]["dtick"] = 1  # Plotly would choose halves, and write each twice
    return {"data": [bars, bell], "layout": made}


def rolling_correlation(found: Mapping[str, Correlation], frame: Frame) -> Figure:
    """Draw the correlation with each other symbol, from -1 to 1."""
    traces = [
        {
            "type": "scatter",
            "x": milliseconds(its.times),
            "y": its.values,
            "mode": "lines",
            "name": name,
            "line": one_of_several(at, frame.palette),
            "hovertemplate": f"{name} %{{y:+.2f}}<extra></extra>",
        }
        for at, (name, its) in enumerate(found.items())
    ]
    made = layout(frame, HEIGHT_PX, revision=f"correlation {tuple(found)}")
    made["xaxis"] = time_axis(frame)
    made["yaxis"] = value_axis(
        frame, range=[-1.05, 1.05], tickformat="+.1f", zeroline=True, dtick=0.5
    ) | {"zerolinecolor": frame.palette.faded}
    return {"data": traces, "layout": made}
