"""Which symbols and sources a rule is for."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from contracts.sources import is_made_up
from gateway.alerts.rules import Selecting

MOST_PAIRS = 50_000


def selects(rule: Selecting, symbol: str, source: str) -> bool:
    """Tell whether a rule is for a symbol's prices of a source."""
    if is_made_up(source) and not rule.made_up:
        return False
    if rule.sources and source not in rule.sources:
        return False
    return not rule.symbols or any(fnmatchcase(symbol, pattern) for pattern in rule.symbols)


class Selection[R: Selecting, W]:
    """What watches each symbol and source: made once, of the rules that are for it.

    `make` takes a rule's mark, the rule, the symbol and the source, and gives None for what cannot
    be watched.
    """

    def __init__(
        self, rules: Iterable[tuple[str, R]], make: Callable[[str, R, str, str], W | None]
    ) -> None:
        self._rules = tuple(rules)
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
                for mark, rule in self._rules
                if selects(rule, symbol, source)
                and (watch := self._make(mark, rule, symbol, source)) is not None
            )
            self._found[symbol, source] = found
        return found
