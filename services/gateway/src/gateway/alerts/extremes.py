"""The lowest and the highest price within a time, in bounded memory."""

import msgspec

PARTS = 100
"""Into how many parts the time is split: a price leaves it with its whole part."""


class Extremes(msgspec.Struct):
    """The lowest and highest price of each part of the time; the newest parts count."""

    parts: dict[int, tuple[float, float]] = {}
    newest: int = 0
    low: float = 0.0
    high: float = 0.0

    def change_pct(self, price: float, at_us: int, within_us: int) -> float | None:
        """Take in a price; give its change, in per cent, against the one it differs most from.

        Positive for a rise from the lowest price of the time, negative for a fall from the highest;
        None for a price that is older than the time.
        """
        part = at_us // max(1, within_us // PARTS)
        if not self.parts:
            self.newest, self.low, self.high = part, price, price
        if part <= self.newest - PARTS:
            return None
        low, high = self.parts.get(part, (price, price))
        self.parts[part] = (min(low, price), max(high, price))
        if part > self.newest:
            self._advance(part)
        self.low, self.high = min(self.low, price), max(self.high, price)
        rise, fall = 100 * (price / self.low - 1), 100 * (price / self.high - 1)
        return rise if rise >= -fall else fall

    def _advance(self, part: int) -> None:
        self.newest = part
        for old in [it for it in self.parts if it <= part - PARTS]:
            del self.parts[old]
        self.low = min(low for low, _ in self.parts.values())
        self.high = max(high for _, high in self.parts.values())
