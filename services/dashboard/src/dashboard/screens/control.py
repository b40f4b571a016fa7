"""Controls of which the address decides what they show.

Streamlit can set what a control shows, and the browser hears of it a little later. Meanwhile it
sends what it had, with each refresh, as if that were a choice; and what it hears then takes back
what a person has chosen since. So nothing is ever set here: a control that is to show something
else than was chosen in it is another one, that begins so. What a browser still says of the one
before counts where it is news.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import streamlit as st

_COUNTS, _LAST = "control-counts", "control-values"


def key_of(name: str, value: object) -> str:
    """Give the key of the control that shows this value of a choice; it is to begin with it."""
    counts = st.session_state.setdefault(_COUNTS, Counter())
    key = f"{name}-{counts[name]}"
    if key not in st.session_state or not _same(st.session_state[key], value):
        counts[name] += 1
        key = f"{name}-{counts[name]}"
    st.session_state.setdefault(_LAST, {})[key] = value
    return key


def chosen(key: str, take: Callable[[Any], None]) -> Callable[[], None]:
    """Make the callback of a control: `take` gets what was chosen in it."""

    def keep() -> None:
        last, value = st.session_state[_LAST], st.session_state[key]
        if not _same(last[key], value):
            last[key] = value
            take(value)

    return keep


def _same(one: object, other: object) -> bool:
    """Compare values; the order in which several were chosen is none of theirs."""
    if isinstance(one, list) and isinstance(other, list):
        return set(one) == set(other)
    return one == other
