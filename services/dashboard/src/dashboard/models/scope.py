"""What of the snapshot a page shows: whose windows, of which range, as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from contracts.times import from_us
from dashboard.models.ranges import SPANS, Range
from dashboard.store import Bars, Key, Snapshot, merge
from dashboard.store.bars import MINUTE_US
from dashboard.store.statuses import Statuses
from dashboard.theme import style

_POINTS = 300
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class Scope:
    """The chosen symbols and sources of a snapshot in a range."""

    snapshot: Snapshot
    shown: Range
    symbols: tuple[str, ...]
    sources: tuple[str, ...]

    @cached_property
    def bars(self) -> dict[Key, Bars]:
        """The bars of each symbol and source that has any, real prices before made ones."""
        after, until = self.shown.bounds_us
        found = {}
        for symbol in self.symbols:
            for source in self.sources:
                if (symbol, source) not in self.snapshot.keys:
                    continue
                bars = self.snapshot.bars((symbol, source), after, until)
                if len(bars):
                    found[symbol, source] = bars
        return found

    @cached_property
    def drawn(self) -> dict[Key, Bars]:
        """The bars to draw: `_POINTS` or so of each at most, with all extremes."""
        return {
            key: merge(bars, self.width_us) if len(bars) > 2 * _POINTS else bars
            for key, bars in self.bars.items()
        }

    @property
    def resolution_us(self) -> int:
        """How long the bars are at most; 0 are the windows as they are."""
        bounds = self.shown.bounds_us
        return max(self.snapshot.resolution_us(*bounds), self.snapshot.finest_us(*bounds))

    @property
    def window_us(self) -> int | None:
        """How long the windows are that its bars are made of; None where each is one window."""
        return self.snapshot.window_us if self.resolution_us else None

    @property
    def longest_us(self) -> int:
        """How long its bars and their windows are at most, in whole minutes."""
        longest_us = max(self.resolution_us, self.snapshot.window_us)
        return -(-longest_us // MINUTE_US) * MINUTE_US

    def covered(self, first_us: int, last_us: int) -> timedelta:
        """Tell how far two times of the range are apart: a named range counts whole, if nearly."""
        apart = from_us(last_us) - from_us(first_us)
        is_nearly_all = self.shown.name in SPANS and apart >= _NEARLY_ALL * self.shown.span
        return self.shown.span if is_nearly_all else apart

    @property
    def firsts(self) -> dict[Key, float]:
        """The first average of each symbol and source in the range."""
        return {key: float(bars.average[0]) for key, bars in self.bars.items()}

    @property
    def width_us(self) -> int:
        """How long a bar is where there are too many to be drawn."""
        begin, end = self.snapshot.there(*self.shown.bounds_us)
        return max(1, -(-(end - begin) // _POINTS))

    @property
    def symbols_shown(self) -> tuple[str, ...]:
        """The symbols that have a bar in the range."""
        have = {symbol for symbol, _ in self.bars}
        return tuple(symbol for symbol in self.symbols if symbol in have)

    @property
    def sources_shown(self) -> list[str]:
        """The sources that have a bar in the range."""
        have = {source for _, source in self.bars}
        return [source for source in self.sources if source in have]

    def best(self, symbol: str) -> tuple[str, Bars] | None:
        """Give the source of a symbol's newest window and its bars; a real price comes first."""
        found = [(source, bars) for (of, source), bars in self.bars.items() if of == symbol]
        return max(found, key=lambda it: (it[1].end[-1], style(it[0]).real), default=None)


def symbols_of(snapshot: Snapshot, statuses: Statuses) -> list[str]:
    """List the symbols: those that producers name first, in their order, then all others."""
    named = [symbol for it in statuses.producers for symbol in it.details.symbols]
    found = sorted({symbol for symbol, _ in snapshot.keys})
    return list(dict.fromkeys([*named, *found]))


def sources_of(snapshot: Snapshot) -> list[str]:
    """List the sources: real ones first."""
    found = {source for _, source in snapshot.keys}
    return sorted(found, key=lambda it: (not style(it).real, it))


def key_label(key: Key, all_sources: Sequence[str]) -> str:
    """Name a line: the symbol, with its source where there are several."""
    symbol, source = key
    return symbol if len(all_sources) == 1 else f"{symbol} · {style(source).label}"
