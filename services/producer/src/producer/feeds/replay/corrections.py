"""Tells trades that their tape took back: New York's TAQ has each with a code, and Polygon too."""

from typing import Any

CORRECTIONS = frozenset({"correction", "trcorr", "tradecorrectionindicator"})
"""Names of columns that have the code, as names are compared."""
_NO_TRADES = {
    7: "an error",
    8: "cancelled",
    10: "a cancellation",
    11: "the report of an error",
    12: "a correction, which the corrected trade has too",
}
"""What rows are whose code is none of a trade, or of one that was corrected."""


def why_no_trade(code: Any) -> str | None:
    """Say why a row of this code is no trade; None where it is one."""
    text = str(code).strip().removesuffix(".0")
    what = _NO_TRADES.get(int(text)) if text.isdecimal() else None
    return what and f"its correction is {text}: {what}"
