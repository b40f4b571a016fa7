"""How the chart of prices is drawn: bars, axis, indicators; each goes into the address."""

import streamlit as st

from contracts.times import MICROSECOND
from dashboard.models.candles import offered
from dashboard.models.indicators import LONGEST, MEANINGS, MOST, OFFERED, read
from dashboard.models.looks import AUTO, AXES, AXIS, BAR, INDICATORS, written
from dashboard.models.words import length
from dashboard.screens.address_control import into_address, one_of
from dashboard.screens.view import View


def looks(view: View) -> None:
    """Draw the choices, behind one button."""
    now = view.choice.looks
    widths = offered(view.data.snapshot.window_us)
    bars = {AUTO: "Auto"} | {it: length(width * MICROSECOND) for it, width in widths.items()}
    with st.popover("Chart", icon=":material/candlestick_chart:", key="looks"):
        one_of("Length of a candle", bars, BAR, now.bar if now.bar in bars and now.bar else AUTO)
        one_of("Axis", AXES, AXIS, now.axis)
        _indicators([it.label for it in now.indicators])


def _indicators(labels: list[str]) -> None:
    with into_address(INDICATORS, labels, lambda it: written(read(it)), width="stretch") as its:
        st.multiselect(
            "Indicators on candles",
            list(dict.fromkeys([*labels, *(it.label for it in OFFERED)])),
            default=labels,
            accept_new_options=True,
            max_selections=MOST,
            placeholder="Choose, or type EMA 9",
            **its,
        )
    st.caption(f"Each over 2 to {LONGEST} candles; type another length, such as EMA 9.")
    st.caption(MEANINGS)
