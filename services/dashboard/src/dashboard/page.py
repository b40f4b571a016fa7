"""The page: looks at files and statuses every second, and draws what the other modules make of it.

Its parts are always there in the same order, empty or not, so that the browser keeps what it has
and only changes what is new.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import streamlit as st

from contracts.aggregates import AGGREGATES, STATUS
from contracts.settings import load
from dashboard import parts, theme
from dashboard.address import RANGE, SYMBOLS, chosen_range, chosen_symbols
from dashboard.cards import Card, cards, symbols_of
from dashboard.charts import View, figure, height_px
from dashboard.errors import VolumeError
from dashboard.live_chart import live_chart
from dashboard.notices import notices
from dashboard.ranges import SPANS, default_range
from dashboard.settings import DashboardSettings
from dashboard.state import PageState, broken, showing, unreadable, waiting
from dashboard.statuses import Statuses, read_statuses
from dashboard.store import Snapshot, Store
from dashboard.theme import Mode
from dashboard.windows import Newest, in_range, newest

_EVERY_S = 1.0
_ICON = Path(__file__).parent / "favicon.svg"


@st.cache_resource(show_spinner=False)
def _settings() -> DashboardSettings:
    return load(DashboardSettings)


@st.cache_resource(show_spinner=False)
def _store(directory: str) -> Store:
    return Store(Path(directory))


def show(aggregates: Path = Path(AGGREGATES), status: Path = Path(STATUS)) -> None:
    """Draw the page of the windows below `aggregates` and the status files in `status`."""
    st.set_page_config("Market windows", str(_ICON), layout="wide")
    st.html(theme.STEADY)
    _refresh(aggregates, status)


@dataclass(frozen=True)
class _Looked:
    """What one look gave: files, statuses, the newest window, and the range to be shown."""

    snapshot: Snapshot
    statuses: Statuses
    newest: Newest | None
    span: timedelta | None
    now: datetime


@st.fragment(run_every=_EVERY_S)
def _refresh(aggregates: Path, status: Path) -> None:
    header = st.container(key="state", gap="xsmall")
    warnings = st.container(key="notices")
    body = st.container(key="windows")
    try:
        it = _look(_store(str(aggregates)), read_statuses(status), datetime.now(UTC))
    except VolumeError as error:
        with header:
            parts.state(unreadable(str(error)))
        return
    windows = _once("windows", (it.snapshot.version, it.span), lambda: _in_range(it))
    with header:
        parts.state(_state(it))
    with warnings:
        sources = windows["source"].unique().to_pylist()
        parts.notices(notices(it.snapshot, it.statuses, sources, it.newest, it.now))
    with body:
        if it.newest:
            _windows(it, it.newest, windows)


def _look(store: Store, statuses: Statuses, now: datetime) -> _Looked:
    """Look at the files, as far back as the range asks; windows of the past are shown whole."""
    name = chosen_range(st.query_params, default_range(None))
    snapshot = store.look(SPANS[name])
    end = newest(snapshot.windows)
    if end and RANGE not in st.query_params:
        name = default_range(now - end.window_end)
        snapshot = store.look(SPANS[name])
    st.session_state[RANGE] = name
    return _Looked(snapshot, statuses, end, SPANS[name], now)


def _state(it: _Looked) -> PageState:
    if it.newest and it.snapshot.arrived_at:
        return showing(it.statuses, it.newest, it.snapshot.arrived_at, it.now)
    return broken(len(it.snapshot.broken)) or waiting(it.statuses, it.now)


def _in_range(it: _Looked) -> pa.Table:
    if it.newest is None:
        return it.snapshot.windows
    return in_range(it.snapshot.windows, it.newest.window_end, it.span)


def _windows(it: _Looked, end: Newest, windows: pa.Table) -> None:
    there = symbols_of(it.snapshot.windows, it.statuses)
    symbols = chosen_symbols(st.query_params, there)
    st.session_state[SYMBOLS] = symbols
    parts.controls(there)
    if not symbols:
        st.info("No symbol is chosen. Choose one above to see its windows.")
        return
    found = cards(windows, symbols, it.span, it.statuses)
    parts.cards(found, it.now)
    drawable = tuple(card.symbol for card in found if isinstance(card, Card))
    if not drawable:
        st.info("None of the chosen symbols has a window in this range.")
        return
    view = View(
        symbols=drawable,
        end=end.window_end,
        span=it.span,
        spike_threshold_pct=_settings().spike_threshold_pct,
        palette=theme.palette(_mode()),
    )
    drawn = _once("figure", (it.snapshot.version, view), lambda: figure(windows, view).to_json())
    with st.container(key="chart"):
        live_chart(drawn, height_px(len(drawable)), key="windows-chart")


def _mode() -> Mode:
    return "dark" if st.context.theme.type == "dark" else "light"


def _once[T](name: str, key: object, make: Callable[[], T]) -> T:
    """Make something anew only when what it is made from is another, for this session."""
    name = f"made-{name}"
    if name not in st.session_state or st.session_state[name][0] != key:
        st.session_state[name] = (key, make())
    made: T = st.session_state[name][1]
    return made
