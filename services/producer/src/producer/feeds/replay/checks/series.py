"""Tells rows of one symbol apart that are of several series: intervals, contracts, currencies."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter

type _Ends = tuple[datetime, datetime]

_APART = frozenset({
    "interval", "timeframe", "granularity", "resolution", "freq", "frequency", "barsize",
    "expiry", "expirydt", "expirydate", "expiration", "expirationdate", "xprydt", "maturity",
    "maturitydate", "contractmonth", "deliverymonth", "contractdate", "strike", "strikeprice",
    "strikepr", "strkpric", "symsuffix", "series", "sctysrs", "variable", "field", "metric",
    "attribute", "measure", "period", "settlementperiod", "tradingperiod", "deliveryperiod",
    "boardid", "contract", "contractcode", "contractsymbol", "localsymbol", "currency",
    "currencycode", "quotecurrency", "vscurrency", "pricetype", "isadjusted", "adjustflag",
})  # fmt: skip
"""Names of columns, as they are compared, by which rows of one symbol and time are of several."""
_VENUES = frozenset({"exchange", "exchangeid", "venue", "mic", "publisherid"})
_PER = "<per>"
"""What Stooq and others call the interval; without brackets it is a ratio of price and earnings."""

_INTERVAL = re.compile(
    r"(?:[1-68]|1[025]|20|30|45|60|90|120|240)(?:S|T|M|MIN|H|HOUR)|[12357](?:D|DAY|W|WK|WEEK|MO|MN)"
    r"|1(?:Y|YEAR|MONTH)",
    re.ASCII | re.IGNORECASE,
)
_MAYBE_INTERVAL = re.compile(
    r"M(?:[1-6]|1[025]|20|30|N1)|H(?:[123468]|12)|D1|W1|(?:DAI|HOUR|WEEK|MONTH)LY|INTRADAY"
    r"|DAYS?|HOURS?|MINUTES?|WEEKS?|MONTHS?|[1235]|1[05]|30|45|60|120|180|240|360|720|1440",
    re.ASCII | re.IGNORECASE,
)
"""Names of intervals that are symbols, too: M1, DAY and 60, which counts minutes."""
_SESSION = re.compile(
    r"(?:pre|post|after|regular|extended|open|closed?|rth|eth)[\s_-]?(?:market|hours|session|trading)?",
    re.ASCII | re.IGNORECASE,
)
_VENUE = re.compile(
    r"NYSE(?:[ -]?(?:ARCA|AMERICAN|MKT))?|NASDAQ|ARCA|AMEX|BATS|BYX|BZX|CBOE|EDG[AX]|IEX|MEMX|OTC"
    r"|XNYS|XNAS|ARCX|XASE|BAT[SY]|XBOS|XPSX|IEXG|XCHI|XCIS",
    re.ASCII | re.IGNORECASE,
)
_MOST = 20_000


def tells_apart(name: str, normal: str, *, bars: bool) -> bool:
    """Tell by its name whether a column says of which of a symbol's series a row is.

    `name` is as it stands there, `normal` as names are compared. A venue has `bars` of its own, but
    the trades of all venues are one series.
    """
    known = _APART | _VENUES if bars else _APART
    return normal in known or name.strip().casefold() == _PER


def is_session(text: str) -> bool:
    """Tell whether a text in a column such as `period` is a part of the day: ``pre-market``."""
    return bool(_SESSION.fullmatch(text))


def is_venue(text: str) -> bool:
    """Tell whether a text in a column such as `market` is a place where shares are traded."""
    return bool(_VENUE.fullmatch(text))


def is_interval(name: str) -> bool:
    """Tell whether a name is an interval of bars and no symbol: ``1D``, ``15min``."""
    return bool(_INTERVAL.fullmatch(name))


def may_be_interval(name: str) -> bool:
    """Tell whether a name within a symbol is an interval of its bars."""
    return is_interval(name) or bool(_MAYBE_INTERVAL.fullmatch(name))


class Series:
    """Notes from when until when each series has rows, to find those of one symbol at one time.

    Series of the same letters, such as ``USD`` and ``usd``, are one. Of series beyond the first
    `_MOST` nothing is noted.
    """

    def __init__(self) -> None:
        self._ends: dict[tuple[str, str], _Ends] = {}
        self._written: dict[str, str] = {}

    def note(self, rows: Iterable[tuple[str, str, datetime]]) -> None:
        """Note rows by symbol, series and time."""
        for symbol, series, time in rows:
            ends = self._ends.get((symbol, series.casefold()))
            if ends is None or not ends[0] <= time <= ends[1]:
                self.note_ends(symbol, series, time, time)

    def note_ends(self, symbol: str, series: str, first: datetime, newest: datetime) -> None:
        """Note the first and the newest time of some rows of a series."""
        key = symbol, series.casefold()
        if key in self._ends or len(self._ends) < _MOST:
            self._written.setdefault(key[1], series)
            ends = self._ends.get(key, (first, newest))
            self._ends[key] = min(ends[0], first), max(ends[1], newest)

    def mixed(self, *, at_one_time: bool = True) -> Sequence[str]:
        """Give a symbol and two series that it has at the same times; nothing where none has.

        Not so two of which one begins where the other ends, as where a future is rolled over to the
        next; but with `at_one_time` two that both have the same one time only.
        """
        before: dict[str, tuple[str, _Ends]] = {}
        for (symbol, series), ends in sorted(self._ends.items(), key=itemgetter(1)):
            other, others = before.get(symbol, ("", None))
            if others and (ends[0] < others[1] or (at_one_time and ends == others)):
                return symbol, self._written[other], self._written[series]
            before[symbol] = series, ends
        return ()
