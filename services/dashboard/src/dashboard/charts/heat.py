"""The price range of each symbol, from the lowest to the highest, over time: a heat map."""

from collections.abc import Mapping, Sequence

import numpy as np

from contracts.times import MICROSECOND
from dashboard.charts.axes import HOVERED, time_axis
from dashboard.charts.figure import CLEAR, MARGIN_PX, Figure, Frame, layout, milliseconds, title
from dashboard.models.scope import key_label
from dashboard.models.words import length
from dashboard.store import Bars, Key, merge
from dashboard.store.bars import Floats, Times
from dashboard.store.merging import stretch_of

_COLUMNS = 48
_ROW_PX = 40


def height_px(rows: int) -> int:
    """Tell how high the figure is."""
    return rows * _ROW_PX + MARGIN_PX["t"] + MARGIN_PX["b"] + 60


def column_us(frame: Frame, least_us: int) -> int:
    """Choose how long a column is, a multiple of the least: some fifty columns at most."""
    span = frame.shown.span // MICROSECOND
    return max(1, -(-span // (_COLUMNS * least_us))) * least_us


def heat(bars: Mapping[Key, Bars], frame: Frame, least_us: int) -> Figure:
    """Draw the price range in each stretch, none shorter than the least, in per cent of the lowest.

    Bars that are longer would fill few columns, each with a range of more than its time.
    """
    width = column_us(frame, least_us)
    merged = [merge(its, width) for its in bars.values()]
    columns, ranges = _ranges(merged, width)
    colors = frame.palette.heat
    sources = sorted({source for _, source in bars})
    labels = [key_label(key, sources) for key in bars]
    trace = {
        "type": "heatmap",
        "x": milliseconds(columns * width - width // 2),
        "y": labels,
        "z": [[round(it, 4) if np.isfinite(it) else None for it in row] for row in ranges.tolist()],
        "colorscale": [[at / (len(colors) - 1), color] for at, color in enumerate(colors)],
        "zmin": 0,
        "xgap": 1,
        "ygap": 2,
        "hoverongaps": False,
        "hovertemplate": f"%{{y}} · {HOVERED}<br>%{{z:.2f}} % from low to high<extra></extra>",
        "colorbar": {
            "title": {"text": "%", "side": "top"},
            "thickness": 10,
            "outlinewidth": 0,
            "x": 1.01,
            "tickfont": {"color": frame.palette.faded},
        },
    }
    made = layout(frame, height_px(len(bars)), revision=f"heat {labels}")
    within = length(width * MICROSECOND)
    made["annotations"].append(title(f"Lowest to highest price within {within}", 1))
    made |= {"hovermode": "closest", "xaxis": time_axis(frame) | {"showspikes": False}}
    made["xaxis"] |= {"showgrid": False, "anchor": "y", "gridcolor": CLEAR}
    made["yaxis"] = {"autorange": "reversed", "ticksuffix": "  ", "automargin": True}
    made["yaxis"] |= {"showgrid": False, "type": "category"}
    return {"data": [trace], "layout": made}


def _ranges(merged: Sequence[Bars], width: int) -> tuple[Times, Floats]:
    """Give the stretches of the columns, and for each row its ranges; NaN where it has none.

    One of a price next to nothing is beyond all numbers.
    """
    stretches = [stretch_of(its.end, width) for its in merged]
    columns = np.arange(min(map(np.min, stretches)), max(map(np.max, stretches)) + 1)
    ranges = np.full((len(merged), len(columns)), np.nan)
    for row, its, at in zip(ranges, merged, stretches, strict=True):
        with np.errstate(over="ignore", divide="ignore"):
            row[at - columns[0]] = 100 * (its.high / its.low - 1)
    return columns, ranges
