"""Follows the numbers that a provider gives its trades: what is a repeat, and what never came."""

from datetime import datetime
from typing import NamedTuple


class _Reached(NamedTuple):
    """The last number, the latest time, and the latest time of the numbering before."""

    number: int
    time: datetime
    before: datetime | None = None


class TradeNumbers:
    """Lets each trade through once; `gaps` counts those that never came.

    While one connection takes over from another, both give the same trades. A provider may also
    begin to count anew: a lower number is a repeat where its trade is no later than what has come,
    else the first of a new numbering. Whatever is no later than the end of the numbering before
    belongs to that one, and is a repeat too.
    """

    def __init__(self) -> None:
        self.gaps = 0
        self._reached: dict[str, _Reached] = {}

    def is_new(self, symbol: str, number: int | None, time: datetime) -> bool:
        """Note a trade; tells whether it has not come before."""
        if number is None:
            return True
        last = self._reached.get(symbol)
        if last is None:
            self._reached[symbol] = _Reached(number, time)
        elif last.before is not None and time <= last.before:
            return False
        elif number > last.number:
            self.gaps += number - last.number - 1
            self._reached[symbol] = _Reached(number, max(time, last.time), last.before)
        elif time > last.time:
            self._reached[symbol] = _Reached(number, time, before=last.time)
        else:
            return False
        return True
