"""What is played: one recorded price, of the values that were read in its line."""

from datetime import datetime

import msgspec


class Row(msgspec.Struct, frozen=True, gc=False):
    """One recorded price; `line` is where it stands, counted from 1 with the heading.

    `number` is that of a trade, if it has one; of a bar it is as `checks.repeats` tells bars.
    """

    line: int
    time: datetime
    symbol: str
    price: float
    volume: float | None
    number: str | None = None
