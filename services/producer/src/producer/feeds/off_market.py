"""Trades that were not made at the market's price of their time, by what providers say of them.

Under these conditions a trade sets no last price: it was agreed on elsewhere or before, or tells
another once more. Odd lots and trades outside the session do not either, but they are made at the
market's price.
"""

from collections.abc import Iterable, Mapping

FINNHUB = {
    "3": "an average price",
    "5": "a cash sale",
    "10": "price variation",
    "16": "the official close, whose volume the closing trade has",
    "17": "next day",
    "20": "the official open, whose volume the opening trade has",
    "21": "a prior reference price",
    "22": "a seller's option",
    "25": "extended hours, sold out of sequence",
    "26": "contingent",
    "27": "a stock option",
    "30": "sold out of sequence",
    "32": "derivatively priced",
    "37": "qualified contingent",
    "39": "a corrected close",
}
"""From the list that Finnhub's documentation of `c` names."""
POLYGON = {
    "2": "an average price",
    "7": "a cash sale",
    "10": "derivatively priced",
    "13": "extended hours, sold out of sequence",
    "15": "the official close, whose volume the closing trade has",
    "16": "the official open, whose volume the opening trade has",
    "20": "next day",
    "21": "price variation",
    "22": "a prior reference price",
    "29": "a seller's option",
    "32": "sold out of sequence",
    "33": "sold out of sequence",
    "38": "a corrected close",
    "52": "contingent",
    "53": "qualified contingent",
}
"""From its list of conditions, `/v3/reference/conditions`."""
ALPACA = {
    "C": "a cash sale",
    "H": "price variation",
    "M": "the official close, whose volume the closing trade has",
    "N": "next day",
    "P": "a prior reference price",
    "Q": "the official open, whose volume the opening trade has",
    "R": "a seller's option",
    "U": "extended hours, sold out of sequence",
    "V": "contingent",
    "W": "an average price",
    "Z": "sold out of sequence",
    "4": "derivatively priced",
    "7": "qualified contingent",
    "9": "a corrected close",
}
"""The letters of the tapes, as it passes them on; of B, one tape means another thing."""


def why_off_market(codes: Iterable[object], conditions: Mapping[str, str]) -> str | None:
    """Say which of a trade's codes says so, and what it means; None where none does."""
    found = next((code for it in codes if (code := str(it)) in conditions), None)
    return found and f"its conditions have {found}: {conditions[found]}"
