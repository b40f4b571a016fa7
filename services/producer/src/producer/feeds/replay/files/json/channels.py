"""Tells by the name of a provider's channel what it brings: trades, orders or candles."""

import re

_TRADES = re.compile(r"[a-z-]*trade[a-z-]*", re.ASCII | re.IGNORECASE)
"""The part of a channel's name that says that it brings trades: ``publicTrade.BTCUSDT``."""
_ORDERS = re.compile(r"book|level[23]|l[23]_|depth|liquidation", re.ASCII | re.IGNORECASE)
"""The part of one that brings orders: ``orderBookL2_25``."""
_CANDLES = re.compile(r"candle|kline|ohlc", re.ASCII | re.IGNORECASE)


def trades_of(channel: str | None) -> str | None:
    """Give the part of a channel's name that says that it brings trades; None where none does."""
    found = _TRADES.search(channel or "")
    return found and found[0]


def is_of_orders(channel: str | None) -> bool:
    """Tell whether a channel brings orders, whose prices are no trades."""
    return bool(_ORDERS.search(channel or ""))


def is_of_candles(channel: str | None) -> bool:
    """Tell whether a channel brings candles."""
    return bool(_CANDLES.search(channel or ""))
