"""Controls of which the address decides what they show.

Streamlit can set what a control shows, and the browser hears of it a little later. Meanwhile it
sends what it had, with each refresh, as if that were a choice; and what it hears then takes back
what a person has chosen since. So nothing is ever set here: a control that is to show something
else than was chosen in it is another one, that begins so. What a browser still says of the one
before counts where it is news. Until a run is over the browser keeps the one before beside it, out
of sight (`style.css`): each stands alone in a container of the choice's name.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st

from dashboard.screens.query import choose

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


@contextmanager
def into_address(
    name: str,
    now: object,
    text: Callable[[Any], str | None],
    *,
    width: Literal["content", "stretch"] = "content",
) -> Iterator[dict[str, Any]]:
    """Make room for a control that begins with `now` and whose value goes into the address.

    Gives its key and its callback, as Streamlit's controls take them. `text` writes a value as the
    address has it (None: the default).
    """
    key = key_of(name, now)
    with st.container(key=name, width=width):
        yield {"key": key, "on_change": chosen(key, lambda value: choose({name: text(value)}))}


def one_of(
    label: str, labels: Mapping[str, str], name: str, now: str, *, collapsed: bool = False
) -> None:
    """Draw the choice of one thing; the first is the default, which the address leaves out."""
    default = next(iter(labels))
    with into_address(name, now, lambda it: None if it == default else str(it)) as its:
        st.segmented_control(
            label,
            list(labels),
            default=now,
            format_func=labels.__getitem__,
            required=True,
            label_visibility="collapsed" if collapsed else "visible",
            wrap=False,
            **its,
        )


def _same(one: object, other: object) -> bool:
    """Compare values; the order in which several were chosen is none of theirs."""
    if isinstance(one, list) and isinstance(other, list):
        return set(one) == set(other)
    return one == other
