"""Alerts as marks on a line or on candles."""

from html import escape

import numpy as np

from contracts.times import parse_time, to_us
from dashboard.charts.figure import Frame, Trace, millisecond
from dashboard.models.alerts import of_line
from dashboard.store import Key
from dashboard.store.bars import Floats, Times


def alert_marks(key: Key, ends: Times, values: Floats, frame: Frame) -> list[Trace]:
    """Mark the alerts of a line that are in the range, each where the line is at its time.

    The line has `values` at `ends` (microseconds).
    """
    found = [(parse_time(it.at), it) for it in of_line(frame.alerts, key)]
    shown = [(at, it) for at, it in found if frame.shown.after < at <= frame.shown.until]
    if not shown or not len(ends):
        return []
    times = [to_us(at) for at, _ in shown]
    return [
        {
            "type": "scatter",
            "x": np.array([millisecond(at) for at, _ in shown]),
            "y": np.interp(times, ends, values),
            "customdata": [escape(it.text) for _, it in shown],
            "mode": "markers",
            "name": "Alert",
            "marker": {
                "symbol": "diamond",
                "size": 11,
                "color": frame.palette.text,
                "line": {"color": frame.palette.background, "width": 1.5},
            },
            "hovertemplate": "alert: %{customdata}<extra></extra>",
        }
    ]
