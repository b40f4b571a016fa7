"""The page: looks at files and statuses every second, and draws what the other modules make of it.

Its parts are always there in the same order, empty or not, so that the browser keeps what it has
and only changes what is new.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import streamlit as st

from contracts.aggregates import AGGREGATES, STATUS
from contracts.settings import load
from dashboard import parts, theme
from dashboard.address import RANGE, SYMBOLS, chosen_range, chosen_symbols
from dashboard.cards import cards, symbols_of
from dashboard.charts import View, figure, height_px
from dashboard.errors import VolumeError
from dashboard.live_chart import live_chart
from dashboard.notices import notices
from dashboard.ranges import SPANS, default_range
from dashboard.settings import DashboardSettings
from dashboard.state import broken, showing, unreadable, waiting
from dashboard.statuses import Statuses, read_statuses
from dashboard.store import SCHEMA, Snapshot, Store
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
    st.html(theme.UNDIMMED)
    _refresh(aggregates, status)


@st.fragment(run_every=_EVERY_S)
def _refresh(aggregates: Path, status: Path) -> None:
    header = st.container(key="state", gap="xsmall")
    warnings = st.container(key="notices")
    body = st.container(key="windows")
    now = datetime.now(UTC)
    statuses = read_statuses(status)
    try:
        snapshot, end, span = _look(_store(str(aggregates)), now)
    except VolumeError as error:
        with header:
            parts.state(unreadable(str(error)))
        return
    shown = SCHEMA.empty_table()
    if end:
        shown = _once("in_range", (snapshot.version, span), lambda: _in_range(snapshot, end, span))
    with header:
        if end and snapshot.arrived_at:
            parts.state(showing(statuses, end, snapshot.arrived_at, now))
        else:
            parts.state(broken(len(snapshot.broken)) or waiting(statuses, now))
    with warnings:
        parts.notices(notices(snapshot, statuses, shown["source"].unique().to_pylist(), end, now))
    if end:
        with body:
            _windows(snapshot, shown, statuses, end, span, now)


def _look(store: Store, now: datetime) -> tuple[Snapshot, Newest | None, timedelta | None]:
    """Look at the files, as far back as the range asks; windows of the past are shown whole."""
    name = chosen_range(st.query_params, default_range(None))
    snapshot = store.look(SPANS[name])
    end = newest(snapshot.windows)
    if end and RANGE not in st.query_params:
        name = default_range(now - end.window_end)
        snapshot = store.look(SPANS[name])
    st.session_state[RANGE] = name
    return snapshot, end, SPANS[name]


def _in_range(snapshot: Snapshot, end: Newest, span: timedelta | None) -> pa.Table:
    return in_range(snapshot.windows, end.window_end, span)


def _windows(
    snapshot: Snapshot,
    shown: pa.Table,
    statuses: Statuses,
    end: Newest,
    span: timedelta | None,
    now: datetime,
) -> None:
    there = symbols_of(snapshot.windows, statuses)
    symbols = chosen_symbols(st.query_params, there)
    st.session_state[SYMBOLS] = symbols
    parts.controls(there)
    if not symbols:
        st.info("No symbol is chosen. Choose one above to see its windows.")
        return
    parts.cards(cards(shown, symbols, span, statuses), now)
    view = View(
        symbols=tuple(symbols),
        end=end.window_end,
        span=span,
        spike_threshold_pct=_settings().spike_threshold_pct,
        palette=theme.palette(_mode()),
    )
    drawn = _once("figure", (snapshot.version, view), lambda: figure(shown, view).to_json())
    with st.container(key="chart"):
        live_chart(drawn, height_px(len(symbols)), key="windows-chart")


def _mode() -> Mode:
    return "dark" if st.context.theme.type == "dark" else "light"


def _once[T](name: str, key: object, make: Callable[[], T]) -> T:
    """Make something anew only when what it is made from is another, for this session."""
    name = f"made-{name}"
    if name not in st.session_state or st.session_state[name][0] != key:
        st.session_state[name] = (key, make())
    made: T = st.session_state[name][1]
    return made
