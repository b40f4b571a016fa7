"""The cards: each symbol's last trade, and the figures of its newest window.

Each is one piece of HTML: Streamlit draws a page in the browser anew with all its elements, at each
refresh, and ten elements a card took most of that time.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.live.component import live_place
from dashboard.models import words
from dashboard.models.cards import SILENT, Card, NoFigures
from dashboard.screens.parts import columns
from dashboard.screens.view import View
from dashboard.theme import Palette, faint, style

_CARD_PX = 165
_FEWEST_COLUMNS = 3
_SPARK_PX = (220, 36)


def draw_cards(shown: Sequence[Card | NoFigures], view: View) -> None:
    """Draw the cards, side by side as far as there is room."""
    with _grid(len(shown)):
        for card in shown:
            if isinstance(card, Card):
                _draw(card.symbol, "".join(_figures(card, view)))
            else:
                why = f"<p>{escape(card.why)}</p>"
                _draw(card.symbol, _head(card.symbol) + live_place(card.symbol) + why)


def first_prices(symbols: Sequence[str]) -> None:
    """Draw where the last trades are shown while there is no window yet."""
    with _grid(len(symbols)):
        for symbol in symbols:
            _draw(symbol, _head(symbol) + live_place(symbol))


def _grid(count: int) -> DeltaGenerator:
    wide = max(_FEWEST_COLUMNS, columns(count))
    return st.grid(wide, min_column_width=_CARD_PX, gap="small", key="cards")


def _draw(symbol: str, html: str) -> None:
    with st.container(border=True, key=f"card-{symbol}", height="stretch"):
        st.html(f'<div class="card">{html}</div>')


def _head(symbol: str, badge: str = "") -> str:
    return f"<div><strong>{escape(symbol)}</strong>{badge}</div>"


def _figures(card: Card, view: View) -> Iterator[str]:
    styled, palette = style(card.source), view.palette
    color = palette.sources[styled.color]
    yield _head(card.symbol, _pill(f"{_icon(styled.icon)} {escape(styled.label)}", color))
    yield live_place(card.symbol, card.source)
    if card.change_pct is not None:
        change = _change(card.change_pct, palette)
        yield f'<div class="change">{change}<small>in {card.change_over}</small></div>'
    yield spark(card.spark, color, f"{card.symbol} over the range")
    # The last is the large price where there is no live one: it comes first then (`style.css`).
    last = _figure("Last", card.last, "newest")
    average, maximum = _figure("Average", card.average), _figure("Maximum", card.maximum)
    yield f'<dl class="window">{last}{average}{maximum}</dl>'
    now, newest = view.data.now, view.data.snapshot.newest
    end, age = words.moment(card.window_end, now, view.zone), words.age(now - card.window_end)
    # A phone has no room for what the state says of all windows, too.
    of_all = ' class="of-all"' if newest and newest.window_end == card.window_end else ""
    yield f"<p{of_all}>{words.length(card.length)} to {end}{age and f' · {age} ago'}</p>"
    if card.silent:
        amiss = palette.sources["orange"]
        mark = _icon(":material/sync_problem:")
        yield f'<p style="color: {amiss}; opacity: 1">{mark} {SILENT}</p>'
    if card.as_of:
        mark = _icon(":material/event_available:")
        yield f"<p>{mark} End-of-day price of {escape(card.as_of)}</p>"


def _figure(name: str, price: float, kind: str = "") -> str:
    named = kind and f' class="{kind}"'
    return f"<div{named}><dt>{name}</dt><dd>{words.price(price)}</dd></div>"


def _change(change_pct: float, palette: Palette) -> str:
    """Write the change over the range, in the colour of its direction; one that is flat in none."""
    change = words.per_cent(change_pct)
    if change == words.per_cent(0):
        return _pill(change, palette.faded)
    rises = change_pct > 0
    return _pill(f"{'↑' if rises else '↓'} {change}", palette.up if rises else palette.down)


def _pill(html: str, color: str) -> str:
    return (
        f'<span class="pill" style="color: {color}; background: {faint(color, 0.06)}">{html}</span>'
    )


def _icon(name: str) -> str:
    """Draw an icon by its name in Markdown, from the font that Streamlit has for these."""
    drawn = name.removeprefix(":material/").removesuffix(":")
    return f'<span class="icon" translate="no" aria-hidden="true">{drawn}</span>'


def spark(values: Sequence[float], color: str, label: str) -> str:
    """Draw a line without axes: HTML of an image, since Streamlit takes SVG out of HTML."""
    width, height = _SPARK_PX
    low, high = min(values, default=0.0), max(values, default=0.0)
    tall = (high - low) or 1.0
    step = width / max(1, len(values) - 1)
    points = " ".join(
        f"{at * step:.1f},{height - 3 - (value - low) / tall * (height - 6):.1f}"
        for at, value in enumerate(values)
    )
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' preserveAspectRatio="none"><polyline points="{points}" fill="none" stroke="{color}"'
        ' stroke-width="1.5" stroke-linejoin="round" vector-effect="non-scaling-stroke"/></svg>'
    )
    coded = b64encode(drawing.encode()).decode()
    return (
        f'<img class="spark" alt="{escape(label, quote=True)}"'
        f' src="data:image/svg+xml;base64,{coded}">'
    )
