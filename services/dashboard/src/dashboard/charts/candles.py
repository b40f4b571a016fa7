"""Candles of one symbol with their VWAP, and their volume below."""

import numpy as np

from dashboard.charts.axes import price_axis, price_margin_px, time_axis, value_axis
from dashboard.charts.curves import broken, gaps
from dashboard.charts.figure import CLEAR, Figure, Frame, Trace, layout, milliseconds, title
from dashboard.models.words import duration, price_decimals
from dashboard.store import Bars
from dashboard.store.bars import Floats
from dashboard.store.snapshot import US
from dashboard.theme import style

HEIGHT_PX = 500
_VOLUME = 0.2


def candlesticks(symbol: str, source: str, candles: Bars, width_us: int, frame: Frame) -> Figure:
    """Draw the candles (`dashboard.models.candles.candles`) of one symbol and source.

    Rising ones are hollow and falling ones filled, so that colour is not all that tells.
    """
    palette, styled = frame.palette, style(source)
    ends = -(-candles.end // width_us) * width_us
    times = milliseconds(ends - width_us // 2)
    rising = candles.candle_close >= candles.candle_open
    decimals = price_decimals(np.concatenate([candles.candle_low, candles.candle_high]))
    name = f"{symbol} · {styled.label} · {duration(width_us * US)} candles"
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
        "yhoverformat": f",.{decimals}f",
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
    vwap = _vwap(candles, times, palette.text, decimals)
    made = layout(frame, HEIGHT_PX, revision=f"candles {symbol}")
    made["hoversubplots"] = "axis"
    made["xaxis"] = time_axis(frame) | {"rangeslider": {"visible": False}}
    made["yaxis"] = price_axis(frame, domain=[_VOLUME + 0.05, 0.94])
    made["yaxis2"] = value_axis(
        frame, domain=[0, _VOLUME], nticks=3, tickformat="~s", rangemode="tozero"
    )
    made["margin"] = price_margin_px(decimals) | {"t": 4}
    made["annotations"].append(title(f"{name}, VWAP dashed" if vwap else name, 0.94))
    if np.all(np.isnan(candles.volume)):
        made["annotations"].append(title("No volume from this feed", _VOLUME / 2))
    return {"data": [sticks, *vwap, volume], "layout": made}


def _vwap(candles: Bars, times: Floats, color: str, decimals: int) -> list[Trace]:
    """Draw the candles' VWAPs, where there are any, as a line that breaks as others do."""
    if np.all(np.isnan(candles.candle_vwap)):
        return []
    breaks = gaps(candles)
    return [
        {
            "type": "scatter",
            "x": broken(times, breaks),
            "y": broken(candles.candle_vwap, breaks),
            "mode": "lines",
            "name": "VWAP",
            "line": {"color": color, "width": 1.25, "dash": "dash"},
            "hovertemplate": f"VWAP %{{y:,.{decimals}f}}<extra></extra>",
            "showlegend": False,
        }
    ]
