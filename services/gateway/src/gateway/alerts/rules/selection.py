"""Which symbols and sources a rule is for."""

import re
from collections.abc import Callable, Iterable
from fnmatch import translate

from contracts.sources import is_made_up
from gateway.alerts.rules.kinds import Selecting

MOST_PAIRS = 50_000


def _selects(rule: Selecting) -> Callable[[str, str], bool]:
    """Make what tells whether a rule is for a symbol's prices of a source; a rule may name many."""
    names = frozenset(rule.symbols)
    patterns = [translate(it) for it in rule.symbols if "*" in it or "?" in it]
    is_like = re.compile("|".join(patterns)).match if patterns else None

    def selects(symbol: str, source: str) -> bool:
        if is_made_up(source) and not rule.made_up:
            return False
        if rule.sources and source not in rule.sources:
            return False
        if not names or symbol in names:
            return True
        return is_like is not None and is_like(symbol) is not None

    return selects


class Selection[R: Selecting, W]:
    """What watches each symbol and source: made once, of the rules that are for it.

    `make` takes a rule's mark, the rule, the symbol and the source, and gives None for what cannot
    be watched.
    """

    def __init__(
        self, rules: Iterable[tuple[str, R]], make: Callable[[str, R, str, str], W | None]
    ) -> None:
        self._rules = tuple((mark, rule, _selects(rule)) for mark, rule in rules)
        self._make = make
        self._found: dict[tuple[str, str], tuple[W, ...]] = {}

    def of(self, symbol: str, source: str) -> tuple[W, ...]:
        """Give what watches a symbol's prices of a source."""
        found = self._found.get((symbol, source))
        if found is None:
            if len(self._found) >= MOST_PAIRS:  # a topic of names without end
                self._found.clear()
            found = tuple(
                watch
                for mark, rule, selects in self._rules
                if selects(symbol, source)
                and (watch := self._make(mark, rule, symbol, source)) is not None
            )
            self._found[symbol, source] = found
        return found
