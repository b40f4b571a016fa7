"""What all figures share: how they are written, their frame, and their titles."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.models.ranges import CUSTOM, Range
from dashboard.models.zones import IN_UTC, Zone
from dashboard.theme import FONT, Palette

type Figure = dict[str, Any]
type Trace = dict[str, Any]

MARGIN_PX = {"l": 8, "r": 68, "t": 44, "b": 40}
CLEAR = "rgba(0,0,0,0)"


@dataclass(frozen=True)
class Frame:
    """How a figure is framed: its range of time, in which zone, and its colours."""

    shown: Range
    palette: Palette
    zone: Zone = IN_UTC

    def times(self, microseconds: NDArray[Any]) -> NDArray[np.float64]:
        """Give times as the axis takes them: milliseconds of the zone's clock."""
        return self.zone.shifted(microseconds.astype(np.float64) / 1000)

    def time(self, moment: datetime) -> float:
        """Give one time as the axis takes it."""
        return float(self.zone.shifted(np.array([moment.timestamp() * 1000]))[0])

    @property
    def zone_label(self) -> str:
        """The name of the zone at the end of the range."""
        return self.zone.label(self.shown.until)

    @property
    def kept(self) -> str:
        """What tells that a zoom still means the same: the kind of range, and the zone's clock.

        A custom range stands still, and another one is another view.
        """
        shown = self.shown
        bounds = f" {shown.after} {shown.until}" if shown.name == CUSTOM else ""
        return f"{shown.name}{bounds} {self.zone_label}"


def to_json(figure: Figure) -> str:
    """Write a figure; arrays are written as Plotly takes them, base64 of their bytes."""
    return json.dumps(figure, default=_array)


def _array(value: object) -> object:
    if isinstance(value, np.ndarray):
        kind = "f8" if value.dtype.kind == "f" else "i4"
        values = value.astype(f"<{kind}")
        return {"dtype": kind, "bdata": base64.b64encode(values.tobytes()).decode()}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value).__name__)


def layout(frame: Frame, height_px: int, *, kept: str) -> dict[str, Any]:
    """Make the frame of a figure; zoom and hidden lines stay while `kept` and the frame's are."""
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
        "uirevision": f"{kept} {frame.kept}",
        "annotations": [_zone(frame)],
    }


def _zone(frame: Frame) -> dict[str, Any]:
    """Name the zone of the times, at the end of their axis."""
    return {
        "text": frame.zone_label,
        "x": 1,
        "y": 0,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "top",
        "xshift": 6,
        "yshift": -5,
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
        "showarrow": False,
        "font": {"size": 14},
    }
