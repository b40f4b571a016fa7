"""The alerts page: what rules asked to be told of, newest first."""

from html import escape

import streamlit as st

from contracts.alerts import Alert
from contracts.times import parse_time
from dashboard.models import words
from dashboard.models.address import FIND, query_of
from dashboard.models.alerts import LISTED, matching
from dashboard.models.words import bold, plain
from dashboard.routes import ALERTS_PATH
from dashboard.screens import tables
from dashboard.screens.query import query
from dashboard.screens.view import View
from dashboard.theme import style


def alerts(view: View) -> None:
    """Draw the page."""
    wanted = query().get(FIND, "")
    found = matching(view.data.alerts, wanted)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="alert-ways"):
        # The page's own script says in it whether this browser tells, and asks (`notify.js`).
        st.html('<button class="notify" type="button" hidden></button>', width="content")
        if found:
            asked = escape(query_of({FIND: wanted} if wanted else {}))
            st.html(
                f'<div class="links"><a href="{ALERTS_PATH}?{asked}" target="_self" download>'
                "Export as CSV</a></div>",
                width="content",
            )
    with st.container(key="alerts", gap="xsmall"):
        if not found:
            st.info(_none(view, wanted))
            return
        heads = ("When", "Symbol", "Rule", "What")
        tables.rows(heads, [_row(it, view) for it in found[:LISTED]])
        if len(found) > LISTED:
            st.caption(f"The newest {LISTED} of {len(found)}; the export has all.")


def _none(view: View, wanted: str) -> str:
    if wanted and view.data.alerts:
        return "No alert has these words."
    if view.data.away:
        return "Alerts come from the gateway, which is away."
    return "No alert yet. What is told is written in `volumes/alerts/rules.toml`."


def _row(alert: Alert, view: View) -> tuple[str, ...]:
    at = parse_time(alert.at).replace(microsecond=0)
    return (
        words.moment(at, view.data.now, view.zone),
        bold(alert.symbol or ""),
        plain(alert.rule),
        plain(alert.text) + _of_what(alert),
    )


def _of_what(alert: Alert) -> str:
    """Label an alert of prices that are not the market's."""
    if not alert.made_up or alert.source is None:
        return ""
    styled = style(alert.source)
    return f" :{styled.color}-badge[{styled.icon} {plain(styled.label)}]"
