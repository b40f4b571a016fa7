"""What this session asks for: what the browser's address says, and what was chosen since.

The address follows what is chosen, and a run in which nothing was chosen follows the address: it
may be another (Back, Forward). In others it is not read, because a browser sends the address that
it has: with two clicks in quick succession the second would bring back what was before the first.
"""

from collections.abc import Mapping

import streamlit as st

_ASKED, _CHOSEN = "asked", "chosen"


def asked() -> dict[str, str]:
    """Give what is asked for by its names in the address."""
    if _ASKED not in st.session_state:
        st.session_state[_ASKED] = dict(st.query_params.items())
    found: dict[str, str] = st.session_state[_ASKED]
    return found


def ask(choices: Mapping[str, str | None]) -> None:
    """Ask for what was chosen (None: for the default), in a callback."""
    chosen = {**asked(), **choices}
    st.session_state[_ASKED] = {name: it for name, it in chosen.items() if it is not None}
    st.session_state[_CHOSEN] = True


def follow() -> None:
    """Ask for what the address says, unless this run began with a choice."""
    if not st.session_state.get(_CHOSEN):
        st.session_state[_ASKED] = dict(st.query_params.items())


def tell() -> None:
    """Bring the address up to date."""
    st.session_state[_CHOSEN] = False
    if dict(st.query_params.items()) != asked():
        st.query_params.from_dict(asked())
