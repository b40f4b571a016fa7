"""The choice of the range that is shown; it goes into the address."""

from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from dashboard.models import address
from dashboard.models.ranges import CUSTOM, LABELS
from dashboard.screens.address_control import chosen, key_of
from dashboard.screens.query import choose, query
from dashboard.screens.view import View


def named(view: View) -> None:
    """Draw the choice among the ranges that have a name."""
    # The session keeps this function, and what it names: not the view, which holds all windows.
    shown, is_new = view.shown, view.choice.custom is None
    key = key_of(address.RANGE, shown.name)

    def take(name: str) -> None:
        choose({address.RANGE: name})
        if name == CUSTOM and is_new:
            _keep(shown.after, shown.until)

    with st.container(key=address.RANGE, width="content"):
        st.segmented_control(
            "Range",
            list(LABELS),
            default=shown.name,
            format_func=LABELS.__getitem__,
            key=key,
            required=True,
            on_change=chosen(key, take),
            label_visibility="collapsed",
            wrap=False,
        )


def custom(view: View) -> None:
    """Draw the begin and the end of a custom range, where one is shown."""
    if view.shown.name != CUSTOM:
        return
    zone, bounds = view.zone, (view.shown.after, view.shown.until)

    def take(name: str, typed: datetime) -> None:
        # An hour that comes twice is written alike: the other keeps its time, this one its clock.
        begin, end = address.choice(query()).custom or bounds
        before = (begin if name == address.FROM else end).astimezone(zone.info)
        moment = typed.replace(tzinfo=zone.info, fold=before.fold)
        _keep(*((moment, end) if name == address.FROM else (begin, moment)))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name, moment in zip((address.FROM, address.TO), bounds, strict=True):
            written = moment.astimezone(zone.info).replace(tzinfo=None, second=0, microsecond=0)
            key = key_of(name, written)
            with st.container(key=name, width="content"):
                st.datetime_input(
                    f"{name.capitalize()} ({zone.label(moment)})",
                    value=written,
                    key=key,
                    step=timedelta(minutes=1),
                    on_change=chosen(key, partial(take, name)),
                    width=220,
                )


def _keep(begin: datetime, end: datetime) -> None:
    begin, end = begin.astimezone(UTC), end.astimezone(UTC)
    if begin.replace(second=0) >= end.replace(second=0):
        end = begin + timedelta(minutes=1)
    choose({address.FROM: address.written(begin), address.TO: address.written(end)})
