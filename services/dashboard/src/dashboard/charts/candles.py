"""Candles of one symbol with their volume below."""

import numpy as np

from dashboard.charts.axes import price_axis, time_axis, value_axis
from dashboard.charts.figure import CLEAR, MARGIN_PX, Figure, Frame, layout, title
from dashboard.models.words import duration, price_format
from dashboard.store import Bars
from dashboard.store.snapshot import US
from dashboard.theme import style

HEIGHT_PX = 500
_VOLUME = 0.2


def candlesticks(symbol: str, source: str, candles: Bars, width_us: int, frame: Frame) -> Figure:
    """Draw the candles (`dashboard.models.candles.candles`) of one symbol and source.

    Rising ones are hollow and falling ones filled, so that colour is not all that tells.
    """
    palette, look = frame.palette, style(source)
    ends = -(-candles.end // width_us) * width_us
    times = frame.times(ends - width_us // 2)
    rising = candles.candle_close >= candles.candle_open
    name = f"{symbol} · {look.label} · {duration(width_us * US)} candles"
    sticks = {
        "type": "candlestick",
        "x": times,
        "open": candles.candle_open,
        "high": candles.candle_high,
        "low": candles.candle_low,
        "close": candles.candle_close,
        "name": symbol,
        "increasing": {"line": {"color": palette.up, "width": 1.5}, "fillcolor": CLEAR},
        "decreasing": {"line": {"color": palette.down, "width": 1.5}, "fillcolor": palette.down},
        "yhoverformat": price_format(float(np.min(candles.candle_low, initial=np.inf))),
        "showlegend": False,
    }
    volume = {
        "type": "bar",
        "x": times,
        "y": candles.volume,
        "name": "Volume",
        "yaxis": "y2",
        "marker": {
            "color": [CLEAR if up else palette.down for up in rising],
            "line": {"color": [palette.up if up else palette.down for up in rising], "width": 1},
        },
        "hovertemplate": "volume %{y:,.6~g}<extra></extra>",
        "showlegend": False,
    }
    made = layout(frame, HEIGHT_PX, kept=f"candles {symbol}")
    made["hoversubplots"] = "axis"
    made["xaxis"] = time_axis(frame) | {"rangeslider": {"visible": False}}
    made["yaxis"] = price_axis(frame, domain=[_VOLUME + 0.05, 0.94])
    made["yaxis2"] = value_axis(
        frame, domain=[0, _VOLUME], nticks=3, tickformat="~s", rangemode="tozero"
    )
    made["margin"] = MARGIN_PX | {"t": 4}
    made["annotations"].append(title(name, 0.94))
    if np.all(np.isnan(candles.volume)):
        made["annotations"].append(title("No volume from this feed", _VOLUME / 2))
    return {"data": [sticks, volume], "layout": made}
