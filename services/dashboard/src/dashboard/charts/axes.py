"""The axes that figures share: of time, of values, of prices."""

from typing import Any

from dashboard.charts.figure import Frame


def time_axis(frame: Frame) -> dict[str, Any]:
    """Make the axis of time, with a line at the pointer across all panels."""
    palette = frame.palette
    start, end = frame.time(frame.shown.after), frame.time(frame.shown.until)
    return {
        "type": "date",
        "gridcolor": palette.border,
        "linecolor": palette.border,
        "hoverformat": f"%Y-%m-%d %H:%M:%S {frame.zone_label}",
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


_PRICE_TICKS = (
    {"dtickrange": [0.0099, None], "value": ",.2f"},
    {"dtickrange": [0.000099, 0.0099], "value": ",.4f"},
    {"dtickrange": [None, 0.000099], "value": ",.8f"},
)
"""As many decimals as neighbouring ticks need to differ, of those that a price is written with."""


def price_axis(frame: Frame, **others: object) -> dict[str, Any]:
    """Make an axis of prices, on the right."""
    return value_axis(frame, tickformatstops=_PRICE_TICKS, **others)


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


def axis_name(at: int) -> str:
    """Name an axis of values as traces do: y, y2, y3."""
    return f"y{at + 1}" if at else "y"
