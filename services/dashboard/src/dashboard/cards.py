"""The figures of each symbol's card."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from contracts.status import SymbolStatus
from dashboard.statuses import Statuses
from dashboard.theme import style
from dashboard.words import duration

_FULL = 0.9
_FIGURES = ("window_start", "window_end", "close_price", "avg_price", "max_price")


@dataclass(frozen=True)
class Card:
    """A symbol's newest window, from the source that has it.

    `change_pct` is from the close of the source's first window in the range to that of its newest,
    None where they are the same; `change_over` says how far apart they are. `as_of` is the trading
    day of an end-of-day price.
    """

    symbol: str
    source: str
    window_end: datetime
    length: timedelta
    last: float
    average: float
    maximum: float
    change_pct: float | None
    change_over: str
    as_of: str | None = None


@dataclass(frozen=True)
class NoFigures:
    """A symbol without a window in the range, and why."""

    symbol: str
    why: str


def symbols_of(windows: pa.Table, statuses: Statuses) -> list[str]:
    """List the symbols: those that producers name first, in their order, then all others."""
    named = [symbol for it in statuses.producers for symbol in it.details.symbols]
    found = sorted(windows["symbol"].unique().to_pylist())
    return list(dict.fromkeys([*named, *found]))


def cards(
    in_range: pa.Table, symbols: list[str], span: timedelta | None, statuses: Statuses
) -> list[Card | NoFigures]:
    """Make a card for each symbol from the windows of the range (`dashboard.windows.in_range`)."""
    newest: dict[str, dict[str, Any]] = {}
    for row in _by_source(in_range):
        best = newest.get(row["symbol"])
        if best is None or _rank(row) > _rank(best):
            newest[row["symbol"]] = row
    return [
        _card(newest[symbol], span, statuses)
        if symbol in newest
        else NoFigures(symbol, _why_none(symbol, statuses))
        for symbol in symbols
    ]


def _by_source(in_range: pa.Table) -> list[dict[str, Any]]:
    """Give the newest row of each symbol and source, and the first close with its time."""
    wanted = [(name, "last") for name in _FIGURES]
    wanted += [("close_price", "first"), ("window_end", "first")]
    grouped = in_range.group_by(["symbol", "source"], use_threads=False)
    return list(grouped.aggregate(wanted).to_pylist())


def _rank(row: dict[str, Any]) -> tuple[datetime, bool]:
    """Put the newest first, and of two that are equally new a real price before a made one."""
    return row["window_end_last"], not style(row["source"]).warning


def _card(row: dict[str, Any], span: timedelta | None, statuses: Statuses) -> Card:
    first, last = row["close_price_first"], row["close_price_last"]
    covered = row["window_end_last"] - row["window_end_first"]
    reported = _reported(row["symbol"], statuses)
    return Card(
        symbol=row["symbol"],
        source=row["source"],
        window_end=row["window_end_last"],
        length=row["window_end_last"] - row["window_start_last"],
        last=last,
        average=row["avg_price_last"],
        maximum=row["max_price_last"],
        change_pct=100 * (last - first) / first if covered else None,
        change_over=duration(span if span and covered >= _FULL * span else covered),
        as_of=reported.as_of if reported and reported.source == row["source"] else None,
    )


def _reported(symbol: str, statuses: Statuses) -> SymbolStatus | None:
    found = (it.details.symbols.get(symbol) for it in statuses.producers)
    return next(filter(None, found), None)


def _why_none(symbol: str, statuses: Statuses) -> str:
    reported = _reported(symbol, statuses)
    if reported and reported.dropped:
        return f"Left out by the feed: {reported.dropped}"
    if reported and not reported.count:
        return "No quote yet"
    return "No window in this range"
