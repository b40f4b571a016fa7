"""How figures, times and ages are written on the pages."""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import floor, isfinite, log10

import numpy as np
from numpy.typing import NDArray

from dashboard.models.zones import Zone

_UNITS = (
    ("year", "years", timedelta(days=365)),
    ("day", "days", timedelta(days=1)),
    ("h", "h", timedelta(hours=1)),
    ("min", "min", timedelta(minutes=1)),
    ("s", "s", timedelta(seconds=1)),
)
_ROUGHLY = (("days", 86_400, 36 * 3600), ("h", 3600, 90 * 60), ("min", 60, 90))
_HOUR = timedelta(hours=1)
_MILLISECOND = timedelta(milliseconds=1)
_OLD = timedelta(seconds=10)
_WHOLE = 10
_BYTES = ("bytes", "KiB", "MiB", "GiB", "TiB")
_KIBI = 1024
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_ADDRESS = re.compile(r":\\?/\\?/|@|www(?=\\?\.)", re.IGNORECASE)
_DECIMALS, _DIGITS = 2, 6
_FINE = 10.0
_AMOUNT_DIGITS, _MANY = 4, 1000


def price(value: float) -> str:
    """Write a price: 2 decimals, below 10 up to 6 digits that count; commas set off thousands.

    Halves are rounded up, as the browser does it with live prices.
    """
    if not isfinite(value):
        return str(value)
    most = _DIGITS - 1 - floor(log10(value)) if 0 < value < _FINE else _DECIMALS
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:,f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(_DECIMALS, '0')}"


def price_decimals(values: NDArray[np.float64]) -> int:
    """Tell how many decimals it takes to write all of these prices alike."""
    if np.min(values, initial=np.inf) >= _FINE:
        return _DECIMALS
    return max([_DECIMALS, *(len(price(it).partition(".")[2]) for it in values.tolist())])


def amount(value: float) -> str:
    """Write an amount: whole, below a thousand with up to 4 digits that count."""
    decimals = _AMOUNT_DIGITS - 1 - floor(log10(value)) if 0 < value < _MANY else 0
    whole, _, fraction = f"{value:,.{decimals}f}".partition(".")
    return f"{whole}.{fraction}".rstrip("0") if fraction.strip("0") else whole


def per_cent(value: float) -> str:
    """Write a change with its sign and 2 decimals; what rounds to nothing has no sign."""
    text = f"{value:+.2f} %"
    return "0.00 %" if text in {"+0.00 %", "-0.00 %"} else text


def duration(value: timedelta) -> str:
    """Write a length of time in its largest whole unit, rounded down; never below 0 s."""
    for one, many, size in _UNITS:
        count = value // size
        if count >= 1:
            return f"{count} {one if count == 1 else many}"
    return "0 s"


def length(value: timedelta) -> str:
    """Write how long something is by itself, as a window is: exactly, to the millisecond."""
    parts, rest = [], value
    for one, many, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {one if count == 1 else many}")
    if rest or not parts:
        parts.append(f"{rest / _MILLISECOND:g} ms")
    return " ".join(parts)


def span(value: timedelta) -> str:
    """Write how far apart two times are: from an hour on in two units, rounded down."""
    for (_, _, size), (_, _, next_size) in pairwise(_UNITS):
        if value >= max(size, _HOUR):
            return length(value // next_size * next_size)
    return duration(value)


def age(value: timedelta) -> str:
    """Write how long ago something was; nothing where that is less than ten seconds.

    A page that waits for the next window would go on to say 0 s.
    """
    return duration(value) if value >= _OLD else ""


def about(seconds: float) -> str:
    """Write a length of time roughly, rounded to a unit of which there are some; 1 s at least."""
    for unit, size_s, least_s in _ROUGHLY:
        if seconds >= least_s:
            return f"{round(seconds / size_s)} {unit}"
    return f"{max(1, round(seconds))} s"


def rate(per_second: float) -> str:
    """Write how many come in a second, with the first two digits."""
    rounded = float(f"{per_second:.2g}")
    return f"{rounded:,.0f}/s" if rounded >= _WHOLE else f"{rounded:g}/s"


def moment(value: datetime, now: datetime, zone: Zone) -> str:
    """Write a time in a zone, with the date unless it is today's, fractions only where any."""
    here, today = value.astimezone(zone.info), now.astimezone(zone.info).date()
    fraction = f".{here.microsecond:06d}".rstrip("0") if here.microsecond else ""
    clock = f"{here:%H:%M:%S}{fraction} {zone.label(value)}"
    return clock if here.date() == today else f"{here:%Y-%m-%d} {clock}"


def moment_to_second(value: datetime, now: datetime, zone: Zone) -> str:
    """Write a time as `moment` does, without fractions of a second."""
    return moment(value.replace(microsecond=0), now, zone)


def size(count: float) -> str:
    """Write a number of bytes."""
    for unit in _BYTES[:-1]:
        if count < _KIBI:
            return f"{count:.0f} {unit}" if unit == _BYTES[0] else f"{count:.1f} {unit}"
        count /= _KIBI
    return f"{count:.1f} {_BYTES[-1]}"


def plain(text: str) -> str:
    """Keep what others wrote (an error, a file's name, a symbol) from being taken for Markdown."""
    return _PUNCTUATION.sub(r"\\\g<0>", " ".join(text.split()))


def unlinked(text: str) -> str:
    """Keep addresses in a text from becoming links: a word joiner, seen by nobody, parts them."""
    return _ADDRESS.sub("\\g<0>\u2060", text)


def bold(text: str) -> str:
    """Write in bold what others wrote: in parts, or Streamlit takes `FX:100:X` for an emoji."""
    return r"\:".join(f"**{plain(part)}**" if part else "" for part in text.split(":"))
