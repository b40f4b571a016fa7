"""What a reader of the stream wants."""

from typing import NamedTuple


class Subscription(NamedTuple):
    """Symbols, None for all, and kinds; an alert of no symbol is for everyone who wants alerts."""

    symbols: frozenset[str] | None
    kinds: frozenset[str]

    def wants(self, kind: str, symbol: str | None) -> bool:
        """Tell whether a message is for this reader."""
        return kind in self.kinds and (
            self.symbols is None or symbol is None or symbol in self.symbols
        )
