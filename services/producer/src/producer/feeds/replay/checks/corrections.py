"""Tells rows that are no trades by what stands beside their price.

A trade is taken back by a code of New York's TAQ or Polygon, by Alpaca's word, or as cancelled; an
order that was not filled is none; nor is a dividend in a statement of a broker's, or a tick that
MetaTrader flags as a change of its quote.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

CORRECTIONS = frozenset({"correction", "trcorr", "tradecorrectionindicator"})
"""Names of columns that have the code, as names are compared."""
OF_ALPACA = "u"
"""Its name for an update of a trade, in the shape of its trades only: elsewhere it is a number."""
_CANCELS = frozenset({"cancel", "cancelled", "canceled", "iscancelled", "iscanceled", "busted"})
"""Names of columns that say by true or false whether a trade was taken back, as Tradier's."""
_STATUSES = frozenset({"status", "orderstatus", "state", "orderstate"})
_OF_ORDERS = frozenset({
    "canceled", "cancelled", "partiallycanceled", "rejected", "expired", "expiredinmatch",
    "new", "open", "pending", "pendingnew", "pendingcancel", "accepted", "working", "submitted",
})  # fmt: skip
"""What stands there, in small letters without marks, if an order beside its side is no trade."""
_ACTIONS = frozenset({"action", "type", "transactiontype", "transcode", "activitytype"})
_OF_ACCOUNTS = re.compile(
    r"(?:(?:qualified|cash|reinvested?|ordinary) )?(?:dividends?|div|cdiv)|interest|int|deposits?"
    r"|withdrawals?|fees?|(?:stock )?splits?|transfers?|journal",
    re.ASCII | re.IGNORECASE,
)
"""What stands there in a broker's statement for what is no trade, though it has a price."""
_TICKS = frozenset({"bid", "ask", "last", "flags"})
"""What MetaTrader's ticks have: each has the last price, also if it is a change of another."""
_OF_TRADES = 8 | 16 | 32 | 64
"""Its flags for a change of the last price or its volume, for a buy and for a sell."""
LATE = ("correction", OF_ALPACA, "cancel", "cancelled", "canceled")
"""Members that only the few trades have which they are about."""
_NO_TRADES = {
    "7": "an error",
    "8": "cancelled",
    "10": "a cancellation",
    "11": "the report of an error",
    "12": "a correction, which the corrected trade has too",
    "canceled": "cancelled",
    "incorrect": "an error",
}
"""What rows are that are neither a trade nor what one was corrected to."""

type WhyNoTrade = Callable[[Any], str | None]
"""Says why a row with this in a column is no trade; None where it is one."""


def tells_of_no_trades(name: str, normal: Sequence[str], price: str) -> WhyNoTrade | None:
    """Give what tells rows that are no trades by a column of this name; None if nothing does.

    `normal` are all names as they are compared, `price` that of the price.
    """
    if name in CORRECTIONS:
        return why_corrected
    if name in _CANCELS:
        return _why_cancelled
    if name in _STATUSES and "side" in normal:
        return _why_only_an_order
    if name in _ACTIONS:
        return _why_of_an_account
    of_metatrader = name == "flags" and price == "last" and set(normal) >= _TICKS
    return _why_no_deal if of_metatrader else None


def why_corrected(correction: Any) -> str | None:
    """Say by its correction why a row is no trade; None where it is one."""
    text = str(correction).strip().removesuffix(".0")
    what = _NO_TRADES.get(text.lstrip("0"))
    return what and f"its correction is {text}: {what}"


def _why_cancelled(told: Any) -> str | None:
    return "it was cancelled" if str(told).strip().casefold() in {"true", "1", "t", "y"} else None


def _why_only_an_order(status: Any) -> str | None:
    text = str(status).strip()
    is_order = re.sub(r"[\s_-]", "", text.casefold()) in _OF_ORDERS
    return f"its status is {text[:20]!r}: an order, and no trade" if is_order else None


def _why_of_an_account(action: Any) -> str | None:
    is_none = isinstance(action, str) and _OF_ACCOUNTS.fullmatch(action.strip())
    return f"it is of an account ({action.strip()!r}), and no trade" if is_none else None


def _why_no_deal(flags: Any) -> str | None:
    text = str(flags).strip().removesuffix(".0")
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) & _OF_TRADES:
        return None
    return (
        f"its flags are {text}: bid or ask changed, and there was no trade; takes bids by"
        " REPLAY_COLUMNS=price=bid"
    )
