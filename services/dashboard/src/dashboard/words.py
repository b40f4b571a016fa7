"""How figures, times and ages are written on the page."""

from datetime import datetime, timedelta

_UNITS = (
    ("year", "years", timedelta(days=365)),
    ("day", "days", timedelta(days=1)),
    ("h", "h", timedelta(hours=1)),
    ("min", "min", timedelta(minutes=1)),
    ("s", "s", timedelta(seconds=1)),
)
_FINE = 1.0
_VERY_FINE = 0.01


def price(value: float) -> str:
    """Write a price: 2 decimals, 4 below 1, 8 below 0.01; thousands are set off by commas."""
    if value >= _FINE:
        return f"{value:,.2f}"
    return f"{value:.4f}" if value >= _VERY_FINE else f"{value:.8f}"


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


def moment(value: datetime, now: datetime) -> str:
    """Write a time in UTC, with the date unless it is today's; fractions only where there are."""
    fraction = f".{value.microsecond:06d}".rstrip("0") if value.microsecond else ""
    clock = f"{value:%H:%M:%S}{fraction} UTC"
    return clock if value.date() == now.date() else f"{value:%Y-%m-%d} {clock}"
