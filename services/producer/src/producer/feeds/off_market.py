"""Trades that were not made at the market's price of their time, by what providers say of them.

Under these conditions a trade sets no last price: it was agreed on elsewhere or before, or tells
another once more. Odd lots and trades outside the session do not either, but they are made at the
market's price.

By the specifications of the two tapes, their tables of what each sale condition updates: *CTS
Multicast Output* (of New York's and the regional exchanges' shares, tapes A and B) and *UTDF
Direct Subscriber Interface* (of Nasdaq's, tape C).
"""

from collections.abc import Iterable, Mapping

_UTDF = {
    "C": "a cash sale",
    "G": "bunched, sold out of sequence",
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
_CTS = _UTDF | {"B": "an average price"}
"""On the other tape a B is a bunched trade, at the market's price."""
FINNHUB = {
    "3": "an average price",
    "5": "a cash sale",
    "9": "bunched, sold out of sequence",
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
"""By the list that Finnhub's documentation of `c` names."""
POLYGON = {
    "2": "an average price",
    "5": "bunched, sold out of sequence",
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
"""By its glossary, *Conditions & Indicators*, which has the tapes' letters beside its numbers."""
BY_TAPE = {
    "A": _CTS, "B": _CTS, "C": _UTDF, "N": _UTDF, "O": _UTDF,
    "1": POLYGON, "2": POLYGON, "3": POLYGON,
}  # fmt: skip
"""The codes beside a tape: the tapes' letters, which Alpaca passes on, or Polygon's numbers."""
BY_SOURCE = {"C": _CTS, "N": _UTDF, "": _UTDF}
"""The letters beside a source, as New York's TAQ calls the tapes."""


def is_off_market(codes: Iterable[object], conditions: Mapping[str, str]) -> bool:
    """Tell whether one of a trade's codes says so."""
    return any(str(it) in conditions for it in codes)
