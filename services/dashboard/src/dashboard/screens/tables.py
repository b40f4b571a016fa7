"""Tables of figures, the same on all pages."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

import streamlit as st

from dashboard.models.words import bold
from dashboard.screens.parts import badge
from dashboard.screens.view import View


def rows(heads: Sequence[str], lines: Sequence[Sequence[str]], *, right: int = 0) -> None:
    """Draw a table of Markdown; the last `right` columns are figures."""
    edge = [":--"] * (len(heads) - right) + ["--:"] * right
    table = [heads, edge, *lines]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in table))


def named(at: datetime, symbol: str, source: str, view: View) -> tuple[str, ...]:
    """Give the first cells of a line of a table: when, which symbol, which source."""
    return view.moment_to_second(at), bold(symbol), badge(source)


def pairs(shown: Sequence[tuple[str, str]]) -> None:
    """Draw labels with their values, a line each."""
    lines = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in shown
    )
    st.html(f'<dl class="pairs">{lines}</dl>')
