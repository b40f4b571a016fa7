"""Knows rows of Binance's that have no names: klines, trades and aggregated trades."""

import re
from collections.abc import Sequence

from producer.feeds.replay.columns.choice import Choice

_NUMBER, _TIME, _FLAG = r"\d+(?:\.\d+)?", r"\d{13}(?:\d{3})?", r"(?:true|false)"
_FORMS = (
    (
        rf"{_TIME}(?:,{_NUMBER}){{5}},{_TIME},{_NUMBER},\d+(?:,{_NUMBER}){{2}},\d+",
        Choice(time=0, price=4, volume=5, bars=True),
    ),
    (
        rf"\d+(?:,{_NUMBER}){{3}},{_TIME}(?:,{_FLAG}){{1,2}}",
        Choice(time=4, price=1, volume=2, trade=0),
    ),
    (
        rf"\d+(?:,{_NUMBER}){{2}},\d+,\d+,{_TIME}(?:,{_FLAG}){{1,2}}",
        Choice(time=5, price=1, volume=2, trade=0),
    ),
)
"""Those of its dumps without heading (data.binance.vision); klines are so by REST, too."""


def choice_of(values: Sequence[str]) -> Choice | None:
    """Give the columns of such a row; None where it looks like none."""
    text = ",".join(values)
    found = (it for form, it in _FORMS if re.fullmatch(form, text, re.ASCII | re.IGNORECASE))
    return next(found, None)
