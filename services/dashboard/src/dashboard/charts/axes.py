"""The axes that figures share: of time and of values."""

from typing import Any

from dashboard.charts.figure import Frame, millisecond

HOVERED = "ms %{x:.0f}"
"""The time under the pointer, which the browser says in the zone (`time_axis.js`)."""


def time_axis(frame: Frame) -> dict[str, Any]:
    """Make the axis of time, with a line at the pointer across all panels.

    Places are milliseconds since 1970. What is written at them depends on the zoom: the browser
    works it out for the frame's zone (`time_axis.js`). Plotly's own axis of dates is none for this:
    it takes numbers for times of the browser's clock, on which an hour comes twice, too.
    """
    palette = frame.palette
    start, end = millisecond(frame.shown.after), millisecond(frame.shown.until)
    return {
        "type": "linear",
        "gridcolor": palette.border,
        "linecolor": palette.border,
        "unifiedhovertitle": {"text": HOVERED},
        "tickangle": 0,
        "showspikes": True,
        "spikemode": "across",
        "spikesnap": "cursor",
        "spikecolor": palette.faded,
        "spikethickness": 1,
        "spikedash": "dot",
        "anchor": "free",
        "position": 0,
        "tickfont": {"color": palette.faded},
        # Not a fixed range: one that moves with time would undo a person's zoom.
        "autorangeoptions": {"include": [start, end], "clipmin": start, "clipmax": end},
    }


def value_axis(frame: Frame, **others: object) -> dict[str, Any]:
    """Make an axis of values, on the right."""
    return {
        "side": "right",
        "gridcolor": frame.palette.border,
        "zeroline": False,
        "tickformat": ",.2f",
        "tickfont": {"color": frame.palette.faded},
        "ticklabelstandoff": 6,
        "automargin": False,
        "anchor": "x",
    } | others
