"""The final window on the topic `contracts.topics.MARKET_WINDOWS`: a row of the dataset as JSON."""

from functools import lru_cache
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from contracts.event import Symbol
from contracts.sources import SOURCE_PATTERN
from contracts.times import Time, epoch_us

SCHEMA_VERSION: Final = 1

type Positive = Annotated[float, Meta(gt=0)]
type NotNegative = Annotated[float, Meta(ge=0)]


class Window(msgspec.Struct, frozen=True, gc=False):
    """A window of a symbol and source that is final; its key names it, and it may come twice.

    The columns, their order, units and key are those of `contracts.dataset`; times are in the
    format of `contracts.times`. A column that comes later has the default None, so that records
    from before it are read.
    """

    schema_version: Literal[1]
    symbol: Symbol
    source: Annotated[str, Meta(pattern=SOURCE_PATTERN)]
    window_start: Time
    window_end: Time
    avg_price: Positive
    max_price: Positive
    min_price: Positive
    open_price: Positive
    close_price: Positive
    stddev_price: NotNegative | None
    volume: NotNegative | None
    event_count: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    max_deviation_pct: NotNegative
    vwap: NotNegative | None


encode = msgspec.json.Encoder().encode


def read_window(value: bytes | None) -> Window | None:
    """Read a record of the topic; None for anything that is no window."""
    try:
        window = _decode(value or b"")
        window_us(window)
    except (ValueError, RecursionError):
        return None
    return window


def window_us(window: Window) -> tuple[int, int]:
    """Give start and end in microseconds since 1970; raises `ValueError` where one is no time."""
    return _bound_us(window.window_start), _bound_us(window.window_end)


_bound_us = lru_cache(maxsize=256)(epoch_us)  # thousands of windows begin and end together
_decode = msgspec.json.Decoder(Window).decode
