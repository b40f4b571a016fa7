"""Where lines end, so that the browser can go on with them (`live/so_far.js`)."""

from collections.abc import Mapping

from dashboard.charts.figure import Figure, Frame
from dashboard.models.ranges import CUSTOM
from dashboard.store import Bars, Key


def live_ends(
    bars: Mapping[Key, Bars], axes: Mapping[Key, tuple[str, str]], frame: Frame
) -> list[Figure]:
    """Say where each line ends, of which `axes` tell the axis and the colour.

    A range of a person's own ends where it ends.
    """
    if frame.shown.name == CUSTOM:
        return []
    return [
        {
            "symbol": symbol,
            "source": source,
            "yaxis": axes[symbol, source][0],
            "color": axes[symbol, source][1],
            "background": frame.palette.background,
            "last": [float(its.end[-1]) / 1000, float(its.average[-1])],
        }
        for (symbol, source), its in bars.items()
    ]
