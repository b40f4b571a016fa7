"""The choice of the range that is shown; it goes into the address."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard.models import address
from dashboard.models.ranges import CUSTOM, LABELS
from dashboard.screens.query import choose
from dashboard.screens.view import View


def named(view: View) -> None:
    """Draw the choice among the ranges that have a name."""
    st.session_state[address.RANGE] = view.shown.name
    # The session keeps this function, and what it names: not the view, which holds all windows.
    shown, is_new = view.shown, view.choice.custom is None

    def keep() -> None:
        chosen = st.session_state[address.RANGE]
        choose({address.RANGE: chosen})
        if chosen == CUSTOM and is_new:
            _keep(shown.after, shown.until)

    st.segmented_control(
        "Range",
        list(LABELS),
        format_func=LABELS.__getitem__,
        key=address.RANGE,
        required=True,
        on_change=keep,
    )


def custom(view: View) -> None:
    """Draw the begin and the end of a custom range, where one is shown."""
    if view.shown.name != CUSTOM:
        return
    zone = view.zone
    shown = {address.FROM: view.shown.after, address.TO: view.shown.until}
    written = {name: it.astimezone(zone.info).replace(tzinfo=None) for name, it in shown.items()}

    def keep() -> None:
        # What is as it was keeps its time: an hour that comes twice is written alike.
        chosen = {name: st.session_state[name] for name in shown}
        _keep(
            *(
                shown[name] if it == written[name] else it.replace(tzinfo=zone.info)
                for name, it in chosen.items()
            )
        )

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name, moment in shown.items():
            st.session_state[name] = written[name]
            st.datetime_input(
                f"{name.capitalize()} ({zone.label(moment)})",
                key=name,
                step=timedelta(minutes=1),
                on_change=keep,
                width=220,
            )


def _keep(begin: datetime, end: datetime) -> None:
    begin, end = begin.astimezone(UTC), end.astimezone(UTC)
    if begin.replace(second=0) >= end.replace(second=0):
        end = begin + timedelta(minutes=1)
    choose({address.FROM: address.written(begin), address.TO: address.written(end)})
