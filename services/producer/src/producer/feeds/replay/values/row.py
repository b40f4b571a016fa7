"""What is played: one recorded price, of the values that were read in its line."""

from datetime import datetime

import msgspec


class Row(msgspec.Struct, frozen=True, gc=False):
    """One recorded price; `line` is where it stands, counted from 1 with the heading."""

    line: int
    time: datetime
    symbol: str
    price: float
    volume: float | None
