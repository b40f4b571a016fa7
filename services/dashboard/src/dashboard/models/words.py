"""How figures, times and ages are written on the pages."""

from datetime import datetime, timedelta

from dashboard.models.zones import IN_UTC, Zone

_UNITS = (
    ("year", "years", timedelta(days=365)),
    ("day", "days", timedelta(days=1)),
    ("h", "h", timedelta(hours=1)),
    ("min", "min", timedelta(minutes=1)),
    ("s", "s", timedelta(seconds=1)),
)
_BYTES = ("bytes", "KiB", "MiB", "GiB", "TiB")
_KIBI = 1024
_FINE = 1.0
_VERY_FINE = 0.01


def price(value: float) -> str:
    """Write a price: 2 decimals, 4 below 1, 8 below 0.01; thousands are set off by commas."""
    return format(value, price_format(value))


def price_format(value: float) -> str:
    """Give the format of prices of about a value, as Python and the charts (d3) both take it."""
    if value >= _FINE:
        return ",.2f"
    return ",.4f" if value >= _VERY_FINE else ",.8f"


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


def moment(value: datetime, now: datetime, zone: Zone = IN_UTC) -> str:
    """Write a time in a zone, with the date unless it is today's, fractions only where any."""
    here, today = value.astimezone(zone.info), now.astimezone(zone.info).date()
    fraction = f".{here.microsecond:06d}".rstrip("0") if here.microsecond else ""
    clock = f"{here:%H:%M:%S}{fraction} {zone.label(value)}"
    return clock if here.date() == today else f"{here:%Y-%m-%d} {clock}"


def size(count: float) -> str:
    """Write a number of bytes."""
    for unit in _BYTES[:-1]:
        if count < _KIBI:
            return f"{count:.0f} {unit}" if unit == _BYTES[0] else f"{count:.1f} {unit}"
        count /= _KIBI
    return f"{count:.1f} {_BYTES[-1]}"


def plain(text: str) -> str:
    """Keep what others wrote (an error, a file's name) from being taken for Markdown."""
    for character in "\\`*_$~:<>#[]|":
        text = text.replace(character, f"\\{character}")
    return text
