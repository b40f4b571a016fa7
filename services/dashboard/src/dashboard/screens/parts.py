"""The parts that all pages share, drawn with Streamlit: each takes what the models made."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from dashboard.live.alerts import Alerts
from dashboard.models.alerts import told
from dashboard.models.notices import Notice
from dashboard.models.state import Kind, PageState
from dashboard.models.words import plain, unlinked
from dashboard.theme import style

_MOST_COLUMNS = 6
_JUST_NOW = timedelta(minutes=1)
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


def alerted(alerts: Alerts, now: datetime) -> None:
    """Say it once where alerts have come since the last look of this session.

    While no page is open nobody asks for alerts: those of that time come with the first page.
    """
    # Earlier than at first where the clock was set back since.
    since = min(st.session_state.get("alerts-since", now), now - _JUST_NOW)
    st.session_state["alerts-since"] = since
    fresh = alerts.since(st.session_state.get("alerts-before", alerts.count), since)
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


def columns(count: int) -> int:
    """Choose how many of `count` stand side by side where there is room."""
    rows = -(-count // _MOST_COLUMNS)
    return -(-count // max(1, rows)) or 1
