"""What this session asks for: what the address said when it began, and what was chosen since.

The address follows. It is not read again, because a browser sends the address that it has: with two
clicks in quick succession the second would bring back what was before the first.
"""

import streamlit as st

_ASKED = "asked"


def asked() -> dict[str, str]:
    """Give what is asked for by its names in the address; to be changed in callbacks."""
    if _ASKED not in st.session_state:
        st.session_state[_ASKED] = dict(st.query_params.items())
    found: dict[str, str] = st.session_state[_ASKED]
    return found


def tell() -> None:
    """Bring the address up to date."""
    if dict(st.query_params.items()) != asked():
        st.query_params.from_dict(asked())
