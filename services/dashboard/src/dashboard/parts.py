"""The parts of the page, drawn with Streamlit: each takes what the other modules made."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard import words
from dashboard.address import RANGE, SYMBOLS
from dashboard.cards import Card, NoFigures
from dashboard.notices import Notice
from dashboard.ranges import LABELS
from dashboard.state import Kind, PageState
from dashboard.theme import style

_CARD_PX = 236
_STATES = {
    Kind.WAITING: ("gray", ":material/hourglass_top:"),
    Kind.LIVE: ("green", ":material/sensors:"),
    Kind.QUIET: ("gray", ":material/pause_circle:"),
    Kind.STALE: ("orange", ":material/sync_problem:"),
    Kind.ERROR: ("red", ":material/error:"),
}


def state(shown: PageState) -> None:
    """Draw the state: its word, its sentence, and what is awaited or amiss."""
    color, icon = _STATES[shown.kind]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("#### Market windows", width="content", anchors=False)
        st.markdown(f":{color}-badge[{icon} {shown.kind}]", width="content")
        st.markdown(f":gray[{_plain(shown.summary)}]", width="content")
    if shown.steps:
        with st.container(border=True, gap="xsmall"):
            for step in shown.steps:
                mark = (
                    ":green[:material/check_circle:]" if step.done else ":gray[:material/pending:]"
                )
                st.markdown(f"{mark} {_plain(step.text)}")
    for cause in shown.causes:
        st.markdown(f":{color}[:material/arrow_right:] {_plain(cause)}")


def notices(shown: Sequence[Notice]) -> None:
    """Draw the notices."""
    with st.container(horizontal=True, gap="xsmall"):
        for notice in shown:
            text = _plain(notice.text).replace("[", r"\[").replace("]", r"\]")
            st.markdown(f":{notice.color}-background[:{notice.color}[{notice.icon} {text}]]")


def controls(symbols: Sequence[str]) -> None:
    """Draw the choice of range and symbols; what is chosen goes into the address."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.segmented_control(
            "Range",
            list(LABELS),
            format_func=LABELS.__getitem__,
            key=RANGE,
            required=True,
            on_change=_keep_range,
        )
        st.pills("Symbols", symbols, selection_mode="multi", key=SYMBOLS, on_change=_keep_symbols)


def _keep_range() -> None:
    st.query_params[RANGE] = st.session_state[RANGE]


def _keep_symbols() -> None:
    st.query_params[SYMBOLS] = ",".join(st.session_state[SYMBOLS])


def cards(shown: Sequence[Card | NoFigures], now: datetime) -> None:
    """Draw the cards, side by side as far as there is room."""
    with st.container(horizontal=True, gap="small"):
        for card in shown:
            with st.container(
                border=True,
                key=f"card-{card.symbol}",
                width="stretch",
                height="stretch",
                gap="xsmall",
            ):
                if isinstance(card, Card):
                    _figures(card, now)
                else:
                    st.markdown(f"**{card.symbol}**")
                    st.caption(_plain(card.why))


def _figures(card: Card, now: datetime) -> None:
    look = style(card.source)
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="xsmall"):
        st.markdown(f"**{card.symbol}**", width="content")
        st.markdown(f":{look.color}-badge[{look.icon} {look.label}]", width="content")
    st.metric(
        "Last",
        words.price(card.last),
        None if card.change_pct is None else words.per_cent(card.change_pct),
        delta_color="off" if _flat(card) else "normal",
        delta_arrow="off" if _flat(card) else "auto",
        delta_description=f"in {card.change_over}",
    )
    with st.container(horizontal=True, gap="small"):
        st.metric("Average", words.price(card.average))
        st.metric("Maximum", words.price(card.maximum))
    age = words.duration(now - card.window_end)
    length = words.duration(card.length)
    st.caption(f"{length} to {words.moment(card.window_end, now)} · {age} ago")
    if card.as_of:
        st.caption(f"End-of-day price of {card.as_of}")


def _flat(card: Card) -> bool:
    return card.change_pct is not None and words.per_cent(card.change_pct) == words.per_cent(0)


def _plain(text: str) -> str:
    """Keep what others wrote (an error, a file's name) from being taken for Markdown."""
    for character in "\\`*_$~:<>#[]":
        text = text.replace(character, f"\\{character}")
    return text
