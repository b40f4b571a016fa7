"""The alerts page: what rules asked to be told of, newest first."""

from html import escape

import streamlit as st

from contracts.alerts import Alert
from contracts.times import parse_time
from dashboard.models.address import FIND, query_of
from dashboard.models.alerts import LISTED, matching
from dashboard.models.gateway import wrong_rules
from dashboard.models.words import plain
from dashboard.routes import ALERTS_PATH
from dashboard.screens.query import query
from dashboard.screens.view import View
from dashboard.theme import Palette, style


def alerts(view: View) -> None:
    """Draw the page."""
    wanted = query().get(FIND, "")
    found = matching(view.data.alerts, wanted)
    if wrong := wrong_rules(view.data.statuses.gateway):
        st.warning(plain(wrong))
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
            st.info(_why_none(view, wanted))
            return
        # HTML of its own: Markdown makes links and pictures of what is only text to others.
        heads = "".join(f"<th>{head}</th>" for head in ("When", "Symbol", "Rule", "What"))
        rows = "".join(_row(it, view) for it in found[:LISTED])
        st.html(f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")
        if len(found) > LISTED:
            st.caption(f"The newest {LISTED} of {len(found)}; the export has all.")


def _why_none(view: View, wanted: str) -> str:
    if wanted and view.data.alerts:
        return "No alert contains these words."
    if view.data.away:
        return "Alerts come from the gateway, which cannot be reached."
    if not view.data.alerts_known:
        return "Alerts come from the gateway, which has not answered yet."
    return "No alert yet. The rules are in `volumes/alerts/rules.toml`."


def _row(alert: Alert, view: View) -> str:
    # What is delivered begins with the rule's name, which has a column of its own here.
    what = alert.text.removeprefix(f"{alert.rule}: ")
    when, rule, text = map(escape, (view.moment_to_second(parse_time(alert.at)), alert.rule, what))
    symbol = f"<b>{escape(alert.symbol or '')}</b>"
    cells = (when, symbol, rule, text + _made_up_label(alert, view.palette))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _made_up_label(alert: Alert, palette: Palette) -> str:
    """Label an alert of prices that are not the market's, where its text does not."""
    if not alert.made_up or alert.source is None:
        return ""
    styled = style(alert.source)
    if f"({styled.label}" in alert.text:
        return ""
    color = palette.sources[styled.color]
    return f' <b style="color: {color}">{escape(styled.label)}</b>'
