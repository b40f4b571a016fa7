"""Tells trades that were taken back: by a code of New York's TAQ or Polygon, or Alpaca's word."""

from typing import Any

CORRECTIONS = frozenset({"correction", "trcorr", "tradecorrectionindicator"})
"""Names of columns that have the code, as names are compared."""
OF_ALPACA = "u"
"""Its name for an update of a trade, in the shape of its trades only: elsewhere it is a number."""
LATE = ("correction", OF_ALPACA)
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


def why_no_trade(correction: Any) -> str | None:
    """Say why a row with this in such a column is no trade; None where it is one."""
    text = str(correction).strip().removesuffix(".0")
    what = _NO_TRADES.get(text.lstrip("0"))
    return what and f"its correction is {text}: {what}"
