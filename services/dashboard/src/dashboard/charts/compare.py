"""All symbols on one scale: the change of each from its first window in the range."""

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.charts.curves import gaps
from dashboard.charts.figure import Figure, Frame, layout, time_axis, value_axis
from dashboard.models.scope import key_label
from dashboard.models.words import per_cent
from dashboard.store import Bars, Key
from dashboard.theme import DASHES, style

HEIGHT_PX = 500


def compare(bars: Mapping[Key, Bars], symbols: Sequence[str], frame: Frame) -> Figure:
    """Draw the average of each line in per cent of its first; its end says whose it is.

    A symbol has a colour and a dash; prices that are made up are dotted.
    """
    sources = sorted({source for _, source in bars})
    traces, ends = [], []
    for key, its in bars.items():
        at = symbols.index(key[0])
        color = frame.palette.lines[at % len(frame.palette.lines)]
        change = 100 * (its.average / its.average[0] - 1)
        breaks = gaps(its)
        name = key_label(key, sources)
        made_up = bool(style(key[1]).warning) and len(sources) > 1
        traces.append(
            {
                "type": "scatter",
                "x": frame.times(np.insert(its.end.astype(np.float64), breaks, np.nan)),
                "y": np.insert(change, breaks, np.nan),
                "mode": "lines",
                "name": name,
                "line": {
                    "color": color,
                    "width": 2,
                    "dash": "dot" if made_up else DASHES[at % len(DASHES)],
                },
                "hovertemplate": f"{name} %{{y:+.2f}} %<extra></extra>",
            }
        )
        ends.append((float(change[-1]), color, name))
    made = layout(frame, HEIGHT_PX, kept=f"compare {frame.shown.name} {symbols} {frame.zone_label}")
    made["xaxis"] = time_axis(frame)
    made["yaxis"] = value_axis(
        frame,
        tickformat="+.2f",
        ticksuffix=" %",
        zeroline=True,
        zerolinecolor=frame.palette.faded,
        zerolinewidth=1,
    )
    made["legend"] |= {"itemwidth": 44}
    for trace, (end, _, name) in zip(traces, ends, strict=True):
        trace["name"] = f"{name} {per_cent(end)}"
    return {"data": traces, "layout": made}
