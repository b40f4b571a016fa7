"""From windows to the Plotly figure: one panel a symbol, all on one time axis.

Times are drawn in UTC. A trace is one source of one symbol: its rolling average, with the maximum
as a thin line above it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.theme import Palette, SourceStyle, faint, style
from dashboard.thinning import Floats, Indices, kept

_BUCKETS = 250
_FEW = 40
_PANEL_PX = 150
_ONE_PANEL_PX = 420
_MARGIN_PX = {"l": 8, "r": 64, "t": 56, "b": 32}
_GAP = 0.18
_LEGEND_UP_PX = 20
_CADENCE = 5


@dataclass(frozen=True)
class View:
    """What the figure is to show: whose windows, up to when, how far back (None: all), and how."""

    symbols: tuple[str, ...]
    end: datetime
    span: timedelta | None
    spike_threshold_pct: float
    palette: Palette


@dataclass(frozen=True)
class _Line:
    """One source of one symbol; times in milliseconds since 1970."""

    symbol: str
    source: str
    starts: Floats
    times: Floats
    average: Floats
    maximum: Floats
    deviation: Floats


def figure(in_range: pa.Table, view: View) -> go.Figure:
    """Draw the windows of the range (`dashboard.windows.in_range`) of the view's symbols.

    Zoom and hidden lines stay while symbols and range are the same (`uirevision`).
    """
    fig = go.Figure(layout=_layout(view))
    named: set[str] = set()
    for at, symbol in enumerate(view.symbols):
        for line in _lines(in_range, symbol):
            look = style(line.source)
            for trace in _traces(line, look, view):
                trace.update(yaxis=_axis("y", at), showlegend=trace.legendgroup not in named)
                named.add(trace.legendgroup)
                fig.add_trace(trace)
    return fig


def height_px(panels: int) -> int:
    """Tell how high the figure is."""
    inner = _ONE_PANEL_PX if panels == 1 else panels * _PANEL_PX
    return inner + _MARGIN_PX["t"] + _MARGIN_PX["b"]


def _lines(in_range: pa.Table, symbol: str) -> list[_Line]:
    rows = in_range.filter(pc.equal(in_range["symbol"], symbol))
    lines = []
    for source in rows["source"].unique().to_pylist():
        part = rows.filter(pc.equal(rows["source"], source))
        lines.append(
            _Line(
                symbol=symbol,
                source=source,
                starts=_milliseconds(part["window_start"]),
                times=_milliseconds(part["window_end"]),
                average=part["avg_price"].to_numpy(),
                maximum=part["max_price"].to_numpy(),
                deviation=part["max_deviation_pct"].to_numpy(),
            )
        )
    return lines


def _milliseconds(column: pa.ChunkedArray) -> Floats:
    microseconds: Floats = column.cast(pa.int64()).to_numpy().astype(np.float64)
    return microseconds / 1000


def _traces(line: _Line, look: SourceStyle, view: View) -> list[go.Scatter]:
    color = view.palette.sources[look.color]
    keep = kept(line.times, line.average, line.maximum, _BUCKETS)
    drawn = np.insert(keep.astype(np.float64), _gaps(line, keep), np.nan)
    times = _at(line.times, drawn)
    few = len(keep) <= _FEW
    common = {"x": times, "mode": "lines+markers" if few else "lines", "connectgaps": False}
    maximum = go.Scatter(
        **common,
        y=_at(line.maximum, drawn),
        name=f"Maximum · {look.label}",
        legendgroup=f"maximum {line.source}",
        line={"color": faint(color, 0.5), "width": 1},
        marker={"size": 3},
        hovertemplate=f"{line.symbol} maximum %{{y:,.2f}}<extra></extra>",
    )
    average = go.Scatter(
        **common,
        y=_at(line.average, drawn),
        name=f"Average · {look.label}",
        legendgroup=f"average {line.source}",
        line={"color": color, "width": 2, "dash": look.dash},
        marker={"size": 5},
        hovertemplate=f"{line.symbol} average %{{y:,.2f}}<extra></extra>",
    )
    spikes = _spikes(line, view)
    return [average, maximum, *([spikes] if spikes else [])]


def _at(values: Floats, indices: Floats) -> Floats:
    """Take the values at the indices; nothing where there is none."""
    there = np.isfinite(indices)
    taken = np.full(len(indices), np.nan)
    taken[there] = values[indices[there].astype(np.int64)]
    return taken


def _gaps(line: _Line, keep: Indices) -> Indices:
    """Find before which of the kept points the line is to break.

    It breaks where windows are missing: where neighbours do not touch. But quotes that come once a
    day leave gaps between all windows; those are the feed's cadence, and only gaps of several
    times their usual length are breaks.
    """
    apart = line.starts[1:] - line.times[:-1]
    gaps = np.flatnonzero(apart > 0)
    if len(gaps) > _CADENCE:
        gaps = gaps[apart[gaps] > _CADENCE * np.median(apart[gaps])]
    return np.unique(np.searchsorted(keep, gaps + 1))


def _spikes(line: _Line, view: View) -> go.Scatter | None:
    """Mark each spike once, at its highest maximum: windows that overlap share theirs."""
    over = np.flatnonzero(line.deviation >= view.spike_threshold_pct)
    if not len(over):
        return None
    new = np.append(True, line.starts[over[1:]] >= line.times[over[:-1]])
    peaks = [
        group[np.argmax(line.maximum[group])] for group in np.split(over, np.flatnonzero(new)[1:])
    ]
    return go.Scatter(
        x=line.times[peaks],
        y=line.maximum[peaks],
        customdata=line.deviation[peaks],
        mode="markers",
        name=f"Spike ≥ {view.spike_threshold_pct:g} %",
        legendgroup="spikes",
        marker={"symbol": "triangle-down", "size": 9, "color": view.palette.spike},
        hovertemplate=f"{line.symbol} spike %{{customdata:.2f}} % over average<extra></extra>",
    )


def _layout(view: View) -> go.Layout:
    palette, count = view.palette, len(view.symbols)
    height = height_px(count)
    layout = go.Layout(
        height=height,
        margin=_MARGIN_PX,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": palette.text, "size": 12},
        hovermode="x unified",
        hoversubplots="axis",
        hoverlabel={"bgcolor": palette.background, "bordercolor": palette.border},
        legend={"orientation": "h", "x": 0, "y": 1 + _LEGEND_UP_PX / height, "yanchor": "bottom"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": palette.faded, "activecolor": palette.text},
        uirevision=f"{view.span} {view.symbols}",
        xaxis=_time_axis(view),
    )
    for at, symbol in enumerate(view.symbols):
        top = 1 - at / count
        bottom = 1 - (at + 1 - (_GAP if at < count - 1 else 0)) / count
        layout[f"yaxis{at + 1 if at else ''}"] = {
            "domain": [max(0.0, bottom), top],
            "anchor": "x",
            "side": "right",
            "gridcolor": palette.border,
            "zeroline": False,
            "nticks": 4 if count > 1 else 8,
            "tickformat": ",.2f",
            "automargin": False,
        }
        layout.annotations += (
            go.layout.Annotation(
                text=f"<b>{symbol}</b>",
                x=0,
                y=top,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                showarrow=False,
                font={"size": 13},
            ),
        )
    return layout


def _time_axis(view: View) -> dict[str, object]:
    axis: dict[str, object] = {
        "type": "date",
        "gridcolor": view.palette.border,
        "hoverformat": "%Y-%m-%d %H:%M:%S UTC",
        "showspikes": True,
        "spikemode": "across",
        "spikesnap": "cursor",
        "spikecolor": view.palette.faded,
        "spikethickness": 1,
        "spikedash": "dot",
        "anchor": "free",
        "position": 0,
        "title": {"text": "UTC", "standoff": 4, "font": {"size": 11, "color": view.palette.faded}},
    }
    if view.span is not None:
        # Not a fixed range: one that moves with time would undo a person's zoom.
        start, end = (moment.timestamp() * 1000 for moment in (view.end - view.span, view.end))
        axis["autorangeoptions"] = {"include": [start, end], "clipmin": start, "clipmax": end}
    return axis


def _axis(letter: str, at: int) -> str:
    return f"{letter}{at + 1}" if at else letter
