"""The figures of each symbol's card."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from contracts.status import SymbolStatus
from contracts.times import from_us
from dashboard.models.health import is_there
from dashboard.models.scope import Scope
from dashboard.models.words import span
from dashboard.store import Bars, merge
from dashboard.store.statuses import Statuses

SILENT = "The feed has sent no quote of it for a while"
_SPARKS = 60


@dataclass(frozen=True)
class Card:
    """A symbol's newest window, from the source that has it.

    `change_pct` is from the close of the source's first window in the range to that of its newest,
    None where they are the same; `change_over` says how far apart they are. `spark` are closing
    prices from the first to the last in the range. `as_of` is the trading day of an end-of-day
    price. `silent` tells that the feed has sent nothing of the symbol for long, although it should.
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
    spark: tuple[float, ...] = ()
    as_of: str | None = None
    silent: bool = False


@dataclass(frozen=True)
class NoFigures:
    """A symbol without a window in the range, and why."""

    symbol: str
    why: str


def cards(
    symbols: Iterable[str], figures: Mapping[str, Card], statuses: Statuses, now: datetime
) -> list[Card | NoFigures]:
    """Make a card for each symbol: its figures, and what the producer says of it now."""
    return [_card(symbol, figures.get(symbol), statuses, now) for symbol in symbols]


def _card(symbol: str, card: Card | None, statuses: Statuses, now: datetime) -> Card | NoFigures:
    reported = _reported(symbol, statuses, now)
    if card is None:
        return NoFigures(symbol, _why_none(reported))
    if reported is None:
        return card
    as_of = reported.as_of if reported.source == card.source else None
    return replace(card, as_of=as_of, silent=reported.silent)


def _reported(symbol: str, statuses: Statuses, now: datetime) -> SymbolStatus | None:
    """Give what the first producer says that has the symbol, of those that run if one of them does.

    What one that is gone said of its feed is no longer so.
    """
    having = [it for it in statuses.producers if symbol in it.details.symbols]
    for it in having:
        if is_there(it, now):
            return it.details.symbols[symbol]
    if not having:
        return None
    return msgspec.structs.replace(having[0].details.symbols[symbol], silent=False, dropped=None)


def figures(scope: Scope) -> dict[str, Card]:
    """Make the cards of the scope's symbols that have a window, of the windows alone."""
    found = {symbol: scope.best(symbol) for symbol in scope.symbols}
    return {symbol: _figures(symbol, *best, scope) for symbol, best in found.items() if best}


def _figures(symbol: str, source: str, bars: Bars, scope: Scope) -> Card:
    newest = scope.snapshot.last_window((symbol, source), scope.shown.bounds_us[1]) or bars
    first, last = float(bars.close[0]), float(newest.close[-1])
    covered = scope.covered(bars.end[0], newest.end[-1])
    spark_us = max(1, int(bars.end[-1] - bars.end[0]) // _SPARKS)
    return Card(
        symbol=symbol,
        source=source,
        window_end=from_us(newest.end[-1]),
        length=from_us(newest.end[-1]) - from_us(newest.start[-1]),
        last=last,
        average=float(newest.average[-1]),
        maximum=float(newest.high[-1]),
        change_pct=100 * (last - first) / first if covered else None,
        change_over=span(covered),
        spark=tuple(merge(bars, spark_us).close.tolist()),
    )


def _why_none(reported: SymbolStatus | None) -> str:
    if reported and reported.dropped:
        return f"Left out by the feed: {reported.dropped}"
    if reported and reported.silent:
        return SILENT
    if reported and not reported.count:
        return "No quote yet"
    return "No window in this range"
