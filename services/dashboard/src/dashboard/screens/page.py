"""The page: takes the newest data again and again, and draws what the address asks for.

Its parts are always there in the same order, empty or not, so that the browser keeps what it has
and only changes what is new.
"""

from pathlib import Path

import streamlit as st

from contracts.location import Location
from contracts.volume import STATUS
from dashboard import theme
from dashboard.live.component import live_page, refresh
from dashboard.live.hub import hub
from dashboard.models.address import chosen_symbol, chosen_symbols
from dashboard.models.notices import notices
from dashboard.models.state import Kind, PageState, broken, showing, unreadable
from dashboard.models.waiting import waiting
from dashboard.page_data import page_data
from dashboard.screens import controls, parts
from dashboard.screens.alerts import alerts
from dashboard.screens.cards import first_prices
from dashboard.screens.market import market
from dashboard.screens.pipeline import pipeline
from dashboard.screens.query import draw_anew, query, read_address, write_address
from dashboard.screens.symbol import symbol
from dashboard.screens.view import View, view
from dashboard.settings import settings

_ICON = Path(__file__).parents[1] / "favicon.svg"
_DRAWN_FOR = "drawn-for"
_AT_REST_S = 10


def show(location: Location, status: Path = STATUS) -> None:
    """Draw the page of the windows at `location` and the status files in `status`."""
    st.set_page_config("Market windows", str(_ICON), layout="wide")
    st.html(theme.STYLE)
    read_address()
    write_address()
    first = view(page_data(location, status))
    live_page(first.clocks, paused=first.choice.paused)
    st.session_state[_DRAWN_FOR] = _choices(first)
    if first.choice.wall:
        st.html(theme.WALL_STYLE)
    else:
        _controls(first)
    st.fragment(_draw)(location, status)


def _controls(it: View) -> None:
    controls.top(it)
    with st.container(key="controls"):
        if it.data.symbols and it.choice.page == "market":
            controls.of_market(it)
        elif it.data.symbols and it.choice.page == "symbol":
            controls.of_symbol(it)
        elif it.choice.page == "alerts":
            controls.of_alerts()


def _choices(it: View) -> tuple[object, ...]:
    """Give what the choices above are made of; their links have the query."""
    return it.data.symbols, it.data.sources, it.shown.name, query()


def _draw(location: Location, status: Path) -> None:
    write_address()
    it = view(page_data(location, status))
    if _choices(it) != st.session_state[_DRAWN_FOR]:
        draw_anew()
    now_is = _state(it)
    if not it.choice.paused:
        _refresh(it, now_is)
    with st.container(horizontal=True, gap="small", key="now"):
        _state_and_notices(it, now_is)
    with st.container(key=f"page-{it.choice.page}"):
        if it.choice.page == "pipeline":
            pipeline(it)
        elif it.choice.page == "alerts":
            alerts(it)
        elif it.data.snapshot.newest:
            draw = symbol if it.choice.page == "symbol" else market
            draw(it, settings().spike_threshold_pct)
        elif now_is.kind is Kind.WAITING and not it.data.away:
            first_prices(_symbols(it))


def _refresh(it: View, now_is: PageState) -> None:
    """Have the next refresh come with newer windows, or with time where that tells more.

    While all is well only the pipeline's figures change between two windows.
    """
    every_s = it.choice.every_s
    at_rest = now_is.kind is Kind.LIVE and it.choice.page != "pipeline"
    latest_s = max(every_s, _AT_REST_S) if at_rest else every_s
    refresh(it.data.snapshot.version, soonest_s=every_s, latest_s=latest_s)


def _state(it: View) -> PageState:
    """Decide what state the page is in."""
    data = it.data
    if data.unreadable:
        return unreadable(data.unreadable, remote=data.remote)
    snapshot = data.snapshot
    if snapshot.newest and snapshot.arrived_at:
        return showing(data.statuses, snapshot.newest, snapshot.arrived_at, data.now, it.zone)
    return broken(len(snapshot.broken)) or waiting(data.statuses, data.now, it.zone)


def _state_and_notices(it: View, now_is: PageState) -> None:
    data = it.data
    with st.container(key="state", gap="xsmall", width="content"):
        parts.state(now_is, paused_at=it.moment_to_second(data.now) if it.choice.paused else None)
        parts.changed(now_is)
        parts.alerted(hub().alerts, data.now)
    with st.container(key="notices", width="content"):
        found = notices(
            data.snapshot,
            data.statuses,
            it.scope(_symbols(it)).sources_shown,
            it.shown,
            data.now,
            told=now_is.causes,
            zone=it.zone,
            away=data.away,
        )
        parts.notices(found)


def _symbols(it: View) -> list[str]:
    """Give the symbols whose windows the page shows; the pipeline's are the market's."""
    there = it.data.symbols
    if it.choice.page != "symbol":
        return chosen_symbols(query(), there)
    one = chosen_symbol(query(), there)
    return [one] if one else []
