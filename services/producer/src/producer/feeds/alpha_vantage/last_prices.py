"""The last real prices, so that what is walked on from them after a restart begins there."""

from pathlib import Path

import msgspec
import structlog

from contracts.files import write_whole

_log = structlog.get_logger()


class LastPrices:
    """One file, price by symbol; where it cannot be kept or read, walks begin elsewhere."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "alpha-vantage-prices.json"

    def read(self) -> dict[str, float]:
        """Give what is kept."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, float])
        except (OSError, ValueError):
            return {}

    def keep(self, symbol: str, price: float) -> None:
        """Keep a symbol's price."""
        content = msgspec.json.encode(self.read() | {symbol: price})
        try:
            write_whole(self._path, content, synced=False)
        except OSError as error:
            _log.warning("the last real price cannot be kept", why=str(error))
