"""The query of this session's address: what the browser's says, and what was chosen since.

The address follows what is chosen, and a run in which nothing was chosen follows the address: it
may be another (Back, Forward). In others it is not read, because a browser sends the address that
it has: with two clicks in quick succession the second would bring back what was before the first.
"""

import time
from collections.abc import Mapping
from typing import NoReturn

import streamlit as st

_QUERY, _CHOSEN, _AGAIN_AT = "query", "chosen", "address-again-at"
_HEARD_WITHIN_S = 10.0


def query() -> dict[str, str]:
    """Give what is chosen, by its names in the address."""
    if _QUERY not in st.session_state:
        st.session_state[_QUERY] = dict(st.query_params.items())
    found: dict[str, str] = st.session_state[_QUERY]
    return found


def choose(choices: Mapping[str, str | None]) -> None:
    """Change the query by what was chosen (None: the default), in a callback."""
    chosen = {**query(), **choices}
    st.session_state[_QUERY] = {name: it for name, it in chosen.items() if it is not None}
    st.session_state[_CHOSEN] = True


def read_address() -> None:
    """Take the query of the address, unless this run began with a choice."""
    if not st.session_state.get(_CHOSEN):
        st.session_state[_QUERY] = dict(st.query_params.items())


def write_address() -> None:
    """Bring the address up to date.

    Told once: a browser that hears of it again may be back at another already. Where it has another
    for long nonetheless, it went back before it heard.
    """
    now = time.monotonic()
    differs = dict(st.query_params.items()) != query()
    if differs and (st.session_state.get(_CHOSEN) or now > st.session_state.get(_AGAIN_AT, 0.0)):
        st.query_params.from_dict(query())
        st.session_state[_AGAIN_AT] = now + _HEARD_WITHIN_S
    st.session_state[_CHOSEN] = False


def draw_anew() -> NoReturn:
    """Begin another run of the whole page, with what is chosen now."""
    st.session_state[_CHOSEN] = True
    st.rerun()
