"""All symbols on one scale: the change of each from its first window in the range."""

from collections.abc import Mapping, Sequence

from dashboard.charts.axes import time_axis, value_axis
from dashboard.charts.curves import gaps, points
from dashboard.charts.figure import Figure, Frame, Trace, layout, milliseconds, one_of_several
from dashboard.charts.live_ends import live_ends
from dashboard.charts.scale import CHANGE_TICKS
from dashboard.models.scope import key_label
from dashboard.models.words import per_cent
from dashboard.store import Bars, Key
from dashboard.theme import SourceStyle, style

HEIGHT_PX = 500


def compare(
    bars: Mapping[Key, Bars], firsts: Mapping[Key, float], symbols: Sequence[str], frame: Frame
) -> Figure:
    """Draw the average of each line as its change from the first; the legend says where it ends.

    It goes through its extremes where a bar is of many windows. A symbol has a colour and a dash;
    beside others, prices that are not of the market are dotted; those of an end of day have marks.
    """
    sources = sorted({source for _, source in bars})
    traces, axes = [], {}
    for key, its in bars.items():
        line = one_of_several(symbols.index(key[0]), frame.palette)
        axes[key] = "y", line["color"]
        if len(sources) > 1 and not style(key[1]).real:
            line["dash"] = "dot"
        traces.append(_change(key_label(key, sources), its, firsts[key], style(key[1]), line))
    made = layout(frame, HEIGHT_PX, revision=f"compare {symbols}")
    made["xaxis"] = time_axis(frame)
    made["yaxis"] = value_axis(
        frame,
        tickformatstops=CHANGE_TICKS,
        ticksuffix=" %",
        zeroline=True,
        zerolinecolor=frame.palette.faded,
        zerolinewidth=1,
    )
    made["meta"]["live"] = [
        it | {"first": firsts[it["symbol"], it["source"]]} for it in live_ends(bars, axes, frame)
    ]
    made["legend"] |= {"itemwidth": 44}
    return {"data": traces, "layout": made}


def _change(name: str, bars: Bars, first: float, styled: SourceStyle, line: Figure) -> Trace:
    x, y = points(bars, gaps(bars))
    change = 100 * (y / first - 1)
    return {
        "type": "scatter",
        "x": milliseconds(x),
        "y": change,
        "mode": "lines+markers" if styled.marker else "lines",
        "marker": {"size": 6, "symbol": styled.marker or "circle"},
        "name": f"{name} {per_cent(float(change[-1]))}",
        "line": line,
        "hovertemplate": f"{name} average %{{y:+.2f}} %<extra></extra>",
    }
