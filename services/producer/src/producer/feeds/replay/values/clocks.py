"""Times of day without colons, such as 930 and 93000: whether they end with minutes or seconds."""

import re
from collections.abc import Set as AbstractSet
from typing import Literal

type ClockForm = Literal["HHMM", "HHMMSS"]
type Sign = Literal["short", "HHMM", "HHMMSS", "six", "late", "zeros", "over", "odd"]

AMBIGUOUS = (
    "the file does not tell whether its digits end with minutes or seconds, or count seconds; takes"
    " 09:30 or 09:30:00"
)

_FORM = re.compile(
    r"(?P<day>\d{8}|\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.](?:\d{4}|\d\d)"
    r"|\d\d?[- ][A-Z]{3,9}[- ](?:\d{4}|\d\d)|[A-Z]{3,9}\.? \d\d?,? \d{4})(?:,?\s+|;)"
    r"(?P<digits>\d{3,6}(?P<fraction>[.,]\d+)|\d{1,6})(?![\d:])(?P<behind>.*)",
    re.ASCII | re.IGNORECASE,
)
_PARTS = re.compile(r" \d{7}", re.ASCII)
"""Parts of a second as NinjaTrader writes them behind it: ``20240102 143000 1230000``."""
_HOURS, _MINUTES, _SECONDS, _DIGITS = 24, 60, 86_400, 6
_LONGEST_HHMM = 4


def find(text: str) -> re.Match[str] | None:
    """Find a day with digits behind it: ``20240102 93000``, ``2024-01-02 930``."""
    return _FORM.fullmatch(text)


def signs(found: re.Match[str]) -> set[Sign]:
    """Tell what a time of day shows of how its column is written, for `decided`.

    `HHMM`, `HHMMSS`: only so can it be read, unless it counts seconds. `six`: it has all its
    digits. `late`: it is more than the seconds of a day. `short`: it may lack
    zeros, as 930 is 9:30 or 0:09:30. `zeros`: it begins with one, so that the column has them.
    `over`: it is no time of day if it ends with minutes, as where these are counted from midnight;
    `odd`: nor if it ends with seconds.
    """
    digits = _whole(found)
    padded: set[Sign] = {"zeros"} if digits.startswith("0") else set()
    if len(digits) == _DIGITS:
        return {"HHMMSS", "six", *padded}
    if len(digits) > _LONGEST_HHMM or _has_fraction(found):
        late: set[Sign] = {"late"} if int(digits) >= _SECONDS else set()
        is_odd = max(int(digits[-4:-2]), int(digits[-2:])) >= _MINUTES
        return {"odd" if is_odd else "HHMMSS", *late}
    if len(digits) < _LONGEST_HHMM - 1:
        return set()
    if int(digits[:-2]) > _HOURS or int(digits[-2:]) >= _MINUTES:
        return {"over", *padded}
    return {"HHMM", "zeros"} if len(digits) == _LONGEST_HHMM and padded else {"short"}


def decided(seen: AbstractSet[Sign]) -> ClockForm | None:
    """Decide by all `signs` of a file how it writes times of day; None where that stays open."""
    if seen & {"HHMMSS", "odd"}:
        may_count_seconds = not seen & {"six", "late"}
        return None if "zeros" in seen or may_count_seconds else "HHMMSS"
    return "HHMM" if "HHMM" in seen or seen == {"short"} else None


def is_whole(found: re.Match[str]) -> bool:
    """Tell whether a time of day is plain by itself: with all its digits, or midnight."""
    digits = _whole(found)
    return len(digits) == _DIGITS or (not int(digits) and not _has_fraction(found))


def with_zeros(found: re.Match[str], clock: ClockForm | None) -> str:
    """Write a time with the zeros that its time of day has lost: ``20240102 093000``."""
    digits = _whole(found)
    width = _LONGEST_HHMM if clock == "HHMM" else _DIGITS
    fraction = found["fraction"] if _has_fraction(found) else ""
    behind = found["behind"]
    if len(digits) == _DIGITS and not found["fraction"] and _PARTS.fullmatch(behind):
        behind = f".{behind.strip()}"
    return f"{found['day']} {digits.zfill(width)}{fraction}{behind}"


def _whole(found: re.Match[str]) -> str:
    return found["digits"].removesuffix(found["fraction"] or "")


def _has_fraction(found: re.Match[str]) -> bool:
    """Tell whether there is a part of a second, not the point of a whole number."""
    return (found["fraction"] or ".0")[1:] != "0"
