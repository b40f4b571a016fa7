"""The parts that all pages share, drawn with Streamlit: each takes what the models made."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.live.alerts import Alerts
from dashboard.live.component import live_data, live_price
from dashboard.models import words
from dashboard.models.alerts import told
from dashboard.models.cards import SILENT, Card, NoFigures
from dashboard.models.notices import Notice
from dashboard.models.state import Kind, PageState
from dashboard.models.words import plain, unlinked
from dashboard.screens.view import View
from dashboard.theme import style

_CARD_PX = 165
_FEWEST_COLUMNS, _MOST_COLUMNS = 3, 6
_SPARK_PX = (220, 36)
_STATES = {
    Kind.WAITING: ("gray", ":material/hourglass_top:"),
    Kind.LIVE: ("green", ":material/sensors:"),
    Kind.DELAYED: ("orange", ":material/schedule:"),
    Kind.END_OF_DAY: ("blue", ":material/event_available:"),
    Kind.FALLING_BACK: ("orange", ":material/alt_route:"),
    Kind.CLOSED: ("gray", ":material/bedtime:"),
    Kind.QUIET: ("gray", ":material/pause_circle:"),
    Kind.STALE: ("orange", ":material/sync_problem:"),
    Kind.ERROR: ("red", ":material/error:"),
}


def state(shown: PageState, *, paused_at: str | None = None) -> None:
    """Draw the state: its word, its sentence, and what is awaited or amiss."""
    color, icon = _STATES[shown.kind]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if paused_at:
            text = f"Paused at {paused_at}: what is below does not move"
            st.markdown(f":violet-badge[:material/pause: {plain(text)}]", width="content")
        st.markdown(f":{color}-badge[{icon} {shown.kind}]", width="content")
        st.markdown(plain(shown.summary), width="content")
    if shown.steps:
        with st.container(border=True, gap="xsmall"):
            for step in shown.steps:
                mark = ":material/check_circle:" if step.done else ":material/pending:"
                mark_color = "green" if step.done else "gray"
                st.markdown(f":{mark_color}[{mark}] {plain(step.text)}")
    for cause in shown.causes:
        st.markdown(f":{color}[:material/arrow_right:] {plain(cause)}")


def changed(shown: PageState) -> None:
    """Say it once where the state is another than before."""
    before = st.session_state.get("state-before")
    st.session_state["state-before"] = shown.kind
    if before not in {None, shown.kind}:
        _, icon = _STATES[shown.kind]
        st.toast(f"**{shown.kind}** (before: {before}). {plain(shown.summary)}", icon=icon)


def alerted(alerts: Alerts) -> None:
    """Say it once where alerts have come since the last look of this session."""
    fresh = alerts.since(st.session_state.get("alerts-before", alerts.count))
    st.session_state["alerts-before"] = alerts.count
    if fresh:
        st.toast(unlinked(plain(told(fresh))), icon=":material/notifications:")


def notices(shown: Sequence[Notice]) -> None:
    """Draw the notices."""
    with st.container(horizontal=True, gap="xsmall"):
        for notice in shown:
            st.markdown(
                f":{notice.color}-background[:{notice.color}[{notice.icon} {plain(notice.text)}]]"
            )


def badge(source: str) -> str:
    """Write a source in Markdown, in its colour and with its icon."""
    styled = style(source)
    return f":{styled.color}-badge[{styled.icon} {plain(styled.label)}]"


def cards(shown: Sequence[Card | NoFigures], view: View) -> None:
    """Draw the cards, side by side as far as there is room."""
    with _grid(len(shown)):
        for card in shown:
            with st.container(
                border=True, key=f"card-{card.symbol}", height="stretch", gap="xsmall"
            ):
                if isinstance(card, Card):
                    _figures(card, view)
                else:
                    st.markdown(f"**{plain(card.symbol)}**")
                    live_price(card.symbol)
                    st.caption(plain(card.why))


def first_prices(symbols: Sequence[str]) -> None:
    """Draw where the last trades are shown while there is no window yet."""
    with _grid(len(symbols)):
        for symbol in symbols:
            with st.container(border=True, key=f"card-{symbol}", gap="xsmall"):
                st.markdown(f"**{plain(symbol)}**")
                live_price(symbol)


def _grid(count: int) -> DeltaGenerator:
    wide = max(_FEWEST_COLUMNS, columns(count))
    return st.grid(wide, min_column_width=_CARD_PX, gap="small")


def columns(count: int) -> int:
    """Choose how many of `count` stand side by side where there is room."""
    rows = -(-count // _MOST_COLUMNS)
    return -(-count // max(1, rows)) or 1


def _figures(card: Card, view: View) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="xsmall"):
        st.markdown(f"**{plain(card.symbol)}**", width="content")
        st.markdown(badge(card.source), width="content")
    change = None if card.change_pct is None else words.per_cent(card.change_pct)
    is_flat = change == words.per_cent(0)
    st.metric(
        "Last",
        words.price(card.last),
        change,
        delta_color="off" if is_flat else "normal",
        delta_arrow="off" if is_flat else "auto",
        delta_description=f"in {card.change_over}",
    )
    color = view.palette.sources[style(card.source).color]
    drawn = spark(card.spark, color, f"{card.symbol} over the range")
    # The page's own script puts the last trade above: an element for it would cost each refresh.
    st.html(f"<div {live_data(card.symbol, card.source)}>{drawn}</div>")
    with st.container(horizontal=True, gap="small"):
        st.metric("Average", words.price(card.average))
        st.metric("Maximum", words.price(card.maximum))
    now = view.data.now
    age, length = words.duration(now - card.window_end), words.duration(card.length)
    st.caption(f"{length} to {words.moment(card.window_end, now, view.zone)} · {age} ago")
    if card.silent:
        st.caption(f":orange[:material/sync_problem:] {SILENT}")
    if card.as_of:
        st.caption(f":material/event_available: End-of-day price of {card.as_of}")


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
