"""The figures of each symbol's card."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.status import SymbolStatus
from dashboard.models.ranges import SPANS
from dashboard.models.scope import Scope
from dashboard.models.statuses import Statuses
from dashboard.models.words import duration
from dashboard.store import Bars, merge, moment_of

_FULL = 0.9
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


def cards(scope: Scope, statuses: Statuses) -> list[Card | NoFigures]:
    """Make a card for each symbol of the scope."""
    return [_card(symbol, scope, statuses) for symbol in scope.symbols]


def _card(symbol: str, scope: Scope, statuses: Statuses) -> Card | NoFigures:
    best = scope.best(symbol)
    if best is None:
        return NoFigures(symbol, _why_none(symbol, statuses))
    source, bars = best
    newest = scope.snapshot.last_window((symbol, source), scope.shown.bounds_us[1]) or bars
    first, last = float(bars.close[0]), float(newest.close[-1])
    covered = moment_of(newest.end[-1]) - moment_of(bars.end[0])
    reported = reported_of(symbol, statuses)
    return Card(
        symbol=symbol,
        source=source,
        window_end=moment_of(newest.end[-1]),
        length=moment_of(newest.end[-1]) - moment_of(newest.start[-1]),
        last=last,
        average=float(newest.average[-1]),
        maximum=float(newest.high[-1]),
        change_pct=100 * (last - first) / first if covered else None,
        change_over=_over(scope, covered),
        spark=_spark(bars),
        as_of=reported.as_of if reported and reported.source == source else None,
        silent=bool(reported and reported.silent),
    )


def _over(scope: Scope, covered: timedelta) -> str:
    span = scope.shown.span
    named = scope.shown.name in SPANS and covered >= _FULL * span
    return duration(span if named else covered)


def _spark(bars: Bars) -> tuple[float, ...]:
    width = max(1, int(bars.end[-1] - bars.end[0]) // _SPARKS)
    return tuple(merge(bars, width).close.tolist())


def reported_of(symbol: str, statuses: Statuses) -> SymbolStatus | None:
    """Give what the first producer that names a symbol says of it."""
    found = (it.details.symbols.get(symbol) for it in statuses.producers)
    return next(filter(None, found), None)


def _why_none(symbol: str, statuses: Statuses) -> str:
    reported = reported_of(symbol, statuses)
    if reported and reported.dropped:
        return f"Left out by the feed: {reported.dropped}"
    if reported and reported.silent:
        return "The feed has sent nothing of it for long"
    if reported and not reported.count:
        return "No quote yet"
    return "No window in this range"
