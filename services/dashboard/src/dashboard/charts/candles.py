"""Candles of one symbol with its indicators, their volume below, and the strength below that."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.alerts import alert_marks
from dashboard.charts.axes import time_axis, value_axis
from dashboard.charts.figure import CLEAR, Figure, Frame, Trace, layout, milliseconds, title
from dashboard.charts.indicators import colors, over_prices, strength, thresholds
from dashboard.charts.scale import Scale, decimal_ticks
from dashboard.models.candles import Candles
from dashboard.models.indicators import BAR_VWAP, Indicator
from dashboard.models.looks import Looks
from dashboard.models.ranges import CUSTOM
from dashboard.models.words import price_decimals
from dashboard.store import Bars, Key
from dashboard.store.bars import Floats, Times
from dashboard.store.keys import have_volume_of_the_day
from dashboard.theme import Palette, faint, style

_PRICES_PX, _STRENGTH_PX = 500, 110
_VOLUME, _GAP = 0.2, 0.05
_LINE_PX = 24
_PRICES = ("open", "high", "low", "close")
_FAINT, _BAR = 0.45, 0.8
_VOLUME_TICKS = ({"dtickrange": [0.99, None], "value": "~s"}, *decimal_ticks(1))
"""Below 1 the numbers, or half a bitcoin would be 500m: half of a thousandth's unit."""
_BEGUN = "begun"  # as `live/candle.js` names the trace that it replaces


def height_px(looks: Looks) -> int:
    """Tell how high the figure is."""
    return _PRICES_PX + _STRENGTH_PX * _with_strength(looks)


def _with_strength(looks: Looks) -> bool:
    return any(it.kind == "rsi" for it in looks.indicators)


def candlesticks(key: Key, of: Candles, frame: Frame, looks: Looks, last: float) -> Figure:
    """Draw the candles of one symbol and source.

    Rising ones are hollow and falling ones filled, so that colour is not all that tells; those that
    are not whole are faint. `last` is the newest price.
    """
    (symbol, source), palette = key, frame.palette
    shown, whole = of.shown, of.whole[of.first :]
    times = milliseconds(of.ends - of.width_us // 2)
    prices = np.concatenate([shown.candle_low, shown.candle_high])
    first = float(shown.candle_open[0]) if len(shown) else 1.0
    scale = Scale(looks.axis, first, price_decimals(prices), np.max(prices, initial=0.0))
    lines = over_prices(of, times, looks.indicators, scale, palette)
    full, part = np.flatnonzero(whole), np.flatnonzero(~whole)
    strong = palette.up, palette.down
    weak = faint(palette.up, _FAINT), faint(palette.down, _FAINT)
    sticks = [_sticks(symbol, shown.take(full), times[full], scale, strong)]
    # The last one by itself: the browser draws it in its place, with what came since.
    begun = part[-1:] if _has_begun(of, frame) else part[:0]
    for which, more in ((part[: len(part) - len(begun)], {}), (begun, {"meta": _BEGUN})):
        if len(which):
            name = f"{symbol}, not complete"
            sticks.append(_sticks(name, shown.take(which), times[which], scale, weak) | more)
    below = strength(of, times, looks.indicators, palette, "y3")
    marks = alert_marks(key, of.ends, scale.of(shown.candle_close), frame)
    width = of.width_us / 1000
    over = len(shown) - len(begun)
    volumes = [_volume(shown.take(slice(over)), times[:over], width, palette)]
    if len(begun):
        volumes.append(_volume(shown.take(begun), times[begun], width, palette) | {"meta": _BEGUN})
    figure = {"data": [*sticks, *lines, *volumes, *below, *marks, _no_candles(times, width)]}
    made = _layout(symbol, frame, looks, scale)
    made["xaxis"]["autorangeoptions"] = _bounds(frame, of.ends, of.width_us)
    drawn = {it["name"] for it in [*lines, *below]}
    named = f"{symbol} · {style(source).label} · {of.width} candles"
    top = made["yaxis"]["domain"][1]
    made["annotations"].append(title(named + _names(looks.indicators, drawn, whole, palette), top))
    if len(shown) and np.isfinite(last):
        made["meta"]["price"] = _price(key, last, of, scale, frame)
    if not len(shown):
        made["annotations"].append(_instead("No candle in this range", made["yaxis"]))
    elif np.all(np.isnan(shown.volume)):
        made["annotations"].append(_instead("No volume from this feed", made["yaxis2"]))
    return figure | {"layout": made}


def _instead(text: str, axis: dict[str, Any]) -> dict[str, Any]:
    """Say in the middle of a panel why nothing is in it."""
    return title(text, sum(axis["domain"]) / 2)


def _price(key: Key, last: float, of: Candles, scale: Scale, frame: Frame) -> dict[str, object]:
    """Say what the browser writes at the axis (`live/so_far.js`), and draws as the next candle.

    It is the last price until the browser knows of a trade; a range of a person's own has no other,
    and no candle after its last.
    """
    palette = frame.palette
    symbol, source = key
    live = frame.shown.name != CUSTOM
    percent = {"first": scale.first} if scale.kind == "percent" else {}
    return {
        "symbol": symbol,
        "source": source,
        "live": live,
        "last": last,
        "open": float(of.shown.candle_open[-1]),
        "up": palette.up,
        "down": palette.down,
        "faint": faint(palette.down, _FAINT),
        "background": palette.background,
        **percent,
        **({"candle": _next_candle(of, scale, frame)} if live else {}),
    }


def _next_candle(of: Candles, scale: Scale, frame: Frame) -> dict[str, object]:
    """Say where the browser goes on (`live/candle.js`): in the last candle, if that is not over."""
    newest = of.shown.take(slice(-1, None))
    end = float(of.ends[-1]) / 1000
    begun = {it: float(getattr(newest, f"candle_{it}")[0]) for it in _PRICES}
    volume = None if np.isnan(newest.volume[0]) else float(newest.volume[0])
    return {
        "width": of.width_us / 1000,
        "volume_width": _BAR * of.width_us / 1000,
        "volume_of_the_day": bool(have_volume_of_the_day(newest.key)[0]),
        "until": float(newest.candle_end[0]) / 1000,
        "hovered": scale.hovered,
        "begun": begun | {"end": end, "volume": volume} if _has_begun(of, frame) else None,
    }


def _has_begun(of: Candles, frame: Frame) -> bool:
    """Tell whether the last candle of the range is not over: it ends after all windows."""
    return len(of.shown) > 0 and bool(of.ends[-1] > frame.shown.bounds_us[1])


def _bounds(frame: Frame, ends: Times, width_us: int) -> dict[str, object]:
    """Let the range begin and end with whole candles."""
    start, end = frame.shown.bounds_us
    if len(ends):
        start, end = min(start, int(ends[0]) - width_us), max(end, int(ends[-1]))
    bounds = milliseconds(np.array([start, end])).tolist()
    return {"include": bounds, "clipmin": bounds[0], "clipmax": bounds[1]}


def _sticks(name: str, bars: Bars, times: Floats, scale: Scale, colors: tuple[str, str]) -> Trace:
    """Draw candles in the colours of rising and falling ones."""
    up, down = colors
    prices = {it: scale.of(getattr(bars, f"candle_{it}")) for it in _PRICES}
    return {
        "type": "candlestick",
        "x": times,
        **prices,
        "name": name,
        "increasing": {"line": {"color": up, "width": 1.5}, "fillcolor": CLEAR},
        "decreasing": {"line": {"color": down, "width": 1.5}, "fillcolor": down},
        "yhoverformat": scale.hovered,
    }


def _no_candles(times: Floats, width: float) -> Trace:
    """Make places for two candles beside each other, and none there.

    Candles are as wide as the least distance of two: one alone would be a line, and where most are
    missing each would cover those beside it.
    """
    places = [*times[-1:], *(times[-1:] + width)]
    none = {it: [None] * len(places) for it in _PRICES}
    return {"type": "candlestick", "x": places, **none, "name": "No candles", "hoverinfo": "skip"}


def _volume(bars: Bars, times: Floats, width: float, palette: Palette) -> Trace:
    rising = bars.candle_close >= bars.candle_open
    return {
        "type": "bar",
        "x": times,
        "y": bars.volume,
        "name": "Volume",
        "yaxis": "y2",
        "width": _BAR * width,
        "marker": {
            "color": [CLEAR if up else palette.down for up in rising],
            "line": {"color": [palette.up if up else palette.down for up in rising], "width": 1},
        },
        "hovertemplate": "volume %{y:,.12~r}<extra></extra>",
    }


def _names(
    chosen: Sequence[Indicator], drawn: set[str], whole: NDArray[np.bool_], palette: Palette
) -> str:
    """Name the lines in their colours, and say what is faint."""
    colored = colors(chosen, palette)
    named = []
    for it in chosen:
        if it.label in drawn:
            name = f"{it.label} dashed" if it.kind == "vwap" else it.label
            colorful = f'<span style="color:{colored[it]}">{name}</span>'
            named.append(name if it == BAR_VWAP else colorful)
    said = [*named, *([] if np.all(whole) else ["faint: not complete"])]
    before = "<br>" if _with_names(chosen) else ", "  # or a phone has no room for them
    return before + ", ".join(said) if said else ""


def _with_names(chosen: Sequence[Indicator]) -> bool:
    return any(it != BAR_VWAP for it in chosen)


def _layout(symbol: str, frame: Frame, looks: Looks, scale: Scale) -> dict[str, Any]:
    height = height_px(looks)
    share = _STRENGTH_PX / height * _with_strength(looks)
    made = layout(frame, height, revision=f"candles {symbol} {looks.axis}")
    made |= {"hoversubplots": "axis", "showlegend": False}
    made["xaxis"] = time_axis(frame) | {"rangeslider": {"visible": False}}
    bottom = share + (_VOLUME + _GAP) * (1 - share)
    top = 1 - _LINE_PX * (1 + _with_names(looks.indicators)) / height
    made["yaxis"] = scale.axis(frame, domain=[bottom, top])
    volume = [share, share + _VOLUME * (1 - share)]
    made["yaxis2"] = value_axis(
        frame, domain=volume, nticks=3, tickformatstops=_VOLUME_TICKS, rangemode="tozero"
    )
    if share:
        axis = {"domain": [0, share - _GAP], "range": [0, 100], "tickvals": [0, 30, 70, 100]}
        made["yaxis3"] = value_axis(frame, tickformat="d", **axis)
        made["shapes"] = thresholds(frame.palette, "y3")
    made["margin"] = scale.margin_px | {"t": 24 if frame.fills else 4}
    return made
