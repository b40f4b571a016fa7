"""What all figures share: how they are written, their frame, and their titles."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.alerts import Alert
from dashboard.models.ranges import CUSTOM, Range
from dashboard.models.zones import AROUND, Clock, Zone
from dashboard.theme import DASHES, FONT, Palette

type Figure = dict[str, Any]
type Trace = dict[str, Any]

MARGIN_PX = {"l": 8, "r": 68, "t": 44, "b": 40}
CLEAR = "rgba(0,0,0,0)"


@dataclass(frozen=True)
class Frame:
    """How a figure is framed: its range of time, in which zone, its colours, alerts to mark.

    One that `fills` is as high as the screen has room below it.
    """

    shown: Range
    palette: Palette
    zone: Zone
    alerts: tuple[Alert, ...] = ()
    fills: bool = False

    @property
    def zone_label(self) -> str:
        """The names of the zone's clocks in the range, such as UTC, or EDT/EST."""
        clocks = self.zone.clocks(self.shown.after, self.shown.until)
        return "/".join(dict.fromkeys(it.name for it in clocks))

    @property
    def clocks(self) -> list[Clock]:
        """The zone's clocks as far as one may zoom out or move."""
        around = max(self.shown.span, AROUND)
        return self.zone.clocks(self.shown.after - around, self.shown.until + around)

    @property
    def revision(self) -> str:
        """What tells that a zoom still means the same: the kind of range.

        A custom range stands still, and another one is another view.
        """
        shown = self.shown
        bounds = f" {shown.after} {shown.until}" if shown.name == CUSTOM else ""
        return f"{shown.name}{bounds}"


def milliseconds(microseconds: NDArray[Any]) -> NDArray[np.float64]:
    """Give times as an axis takes them."""
    return microseconds.astype(np.float64) / 1000


def millisecond(moment: datetime) -> float:
    """Give one time as an axis takes it."""
    return moment.timestamp() * 1000


def to_json(figure: Figure) -> str:
    """Write a figure; arrays are written as Plotly takes them, base64 of their bytes.

    A number that is none, as of a window that another program wrote, is null: else no browser would
    read any of it.
    """
    return msgspec.json.encode(figure, enc_hook=_array).decode()


def _array(value: object) -> object:
    if isinstance(value, np.ndarray):
        kind = "f8" if value.dtype.kind == "f" else "i4"
        values = value.astype(f"<{kind}")
        return {"dtype": kind, "bdata": base64.b64encode(values.tobytes()).decode()}
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(type(value).__name__)


def one_of_several(number: int, palette: Palette) -> dict[str, Any]:
    """Make the look of one of several lines: they are told apart by colour and dash."""
    return {"color": palette.line(number), "width": 2, "dash": DASHES[number % len(DASHES)]}


def layout(frame: Frame, height_px: int, *, revision: str) -> dict[str, Any]:
    """Make the frame of a figure; zoom and hidden lines stay while both revisions do.

    `meta` tells `live_chart.js` the clocks of the zone, whose times it writes at the axis and where
    the pointer is, and whether the figure fills the screen.
    """
    palette = frame.palette
    return {
        "height": height_px,
        "margin": MARGIN_PX,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"color": palette.text, "size": 13, "family": FONT},
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": palette.background,
            "bordercolor": palette.border,
            "font": {"color": palette.text, "family": FONT},
        },
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 13},
        },
        "modebar": {"bgcolor": CLEAR, "color": palette.faded, "activecolor": palette.text},
        "uirevision": f"{revision} {frame.revision}",
        "annotations": [_zone(frame)],
        "meta": {"clocks": frame.clocks, "fills": frame.fills},
    }


def _zone(frame: Frame) -> dict[str, Any]:
    """Name the zone of the times, at the end of their axis, below the labels."""
    return {
        "text": frame.zone_label,
        "x": 1,
        "y": 0,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "top",
        "xshift": 6,
        "yshift": -21,
        "showarrow": False,
        "font": {"size": 12, "color": frame.palette.faded},
    }


def title(text: str, top: float) -> dict[str, Any]:
    """Make the title of a panel that ends at a height (0 to 1)."""
    return {
        "text": f"<b>{text}</b>",
        "x": 0,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "align": "left",
        "showarrow": False,
        "font": {"size": 14},
    }
