"""Of which symbols nothing has come for long, and whether anything comes at all."""

from collections.abc import Iterable

import structlog

QUIET_S = 60.0
SILENT_S = 600.0

_log = structlog.get_logger()


class Silence:
    """Follows when each symbol was last traded, on a monotonic clock in seconds.

    `symbols` are those of which nothing has come for ten minutes although it should. Each is
    logged, since providers say nothing of a symbol that they do not know.
    """

    def __init__(self, symbols: tuple[str, ...], now_s: float) -> None:
        self.symbols: tuple[str, ...] = ()
        self._traded_s = now_s
        self._last_s = dict.fromkeys(symbols, now_s)

    def traded(self, symbols: Iterable[str], now_s: float) -> None:
        """Note trades."""
        self._traded_s = now_s
        self._last_s |= dict.fromkeys(symbols, now_s)

    def is_quiet(self, now_s: float) -> bool:
        """Tell whether there has been no trade at all for a minute."""
        return now_s - self._traded_s > QUIET_S

    def nothing_expected(self, now_s: float) -> None:
        """Begin anew: no symbol has to trade at this moment."""
        self._last_s = dict.fromkeys(self._last_s, now_s)

    def is_any_quiet(self, now_s: float) -> bool:
        """Tell whether there has been no trade of some symbol for a minute."""
        return any(now_s - at_s > QUIET_S for at_s in self._last_s.values())

    def check(self, now_s: float) -> None:
        """Find the symbols that are silent; called about once a second."""
        silent = {name for name, at_s in self._last_s.items() if now_s - at_s > SILENT_S}
        for symbol in sorted(silent.difference(self.symbols)):
            _log.warning("no trade for ten minutes: does the provider know it?", symbol=symbol)
        self.symbols = tuple(sorted(silent))
