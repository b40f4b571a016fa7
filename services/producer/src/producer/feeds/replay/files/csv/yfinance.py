"""Lays out what yfinance writes: a heading of two or three lines, and a quote for each ticker."""

from collections.abc import Mapping, Sequence

from contracts.settings import SettingError
from producer.feeds.replay.columns.names import normalised, shown
from producer.feeds.replay.columns.tickers import TIMES, choices_of
from producer.feeds.replay.files.csv.layout import Layout, values_of
from producer.settings import Role

_LABELS = frozenset({"price", "ticker", "attributes", "symbols", "date", "datetime"})
"""What lines of the heading begin with, as names are compared."""
_CLOSES = frozenset({"close", "adjclose"})
"""Names, as they are compared, one of which is in the line of the fields."""
_LINES = 3
"""Lines of the heading that yfinance writes since 0.2.51: fields, tickers, the index's name."""
_LEVELS = {"Price", "Ticker"}
"""What the first two of them begin with."""


def of_yfinance(
    lines: Sequence[str], place: int, separator: str, wanted: Mapping[Role, str]
) -> Layout | None:
    """Lay out a heading of fields and tickers, either first, and the name of the index, the time.

    After pandas' `reset_index` the time is a column too, named in the first line, and there are
    two: the first column is then no price, whatever it is called, but counts the rows. Raises
    `SettingError` where a field is wanted that is not there.
    """
    if len(lines) < _LINES:
        return None
    one, two, index = (values_of(it, separator) for it in lines[:_LINES])
    fields, tickers = (one, two) if _CLOSES & {*map(normalised, one)} else (two, one)
    time = next((n for n, it in enumerate(one) if normalised(it) in TIMES), 0)
    if time and {*one[:1], *two[:1]} == _LEVELS:
        name, labels = one[time], _LINES - 1
    elif index and normalised(index[0]) in TIMES and not any(index[1:]):
        time, name, labels = 0, index[0], _LINES
    else:
        return None
    _check(wanted, name, fields[1:])
    price, volume = wanted.get("price", "Close"), wanted.get("volume", "Volume")
    pairs = zip(fields[1:], tickers[1:], strict=False)
    choices = choices_of(dict(enumerate(pairs, 1)), time, price, volume)
    if not choices:
        return None
    what = {"time": name, "price": price, "volume": volume}
    return Layout(separator, place + labels, len(one), choices, what)


def _check(wanted: Mapping[Role, str], time: str, fields: Sequence[str]) -> None:
    """Raise `SettingError` where what is wanted is not there; the symbols are the tickers."""
    for role, name in wanted.items():
        there = [time] if role in {"date", "time"} else list(dict.fromkeys(fields))
        if role != "symbol" and normalised(name) not in map(normalised, there):
            raise SettingError(
                f"REPLAY_FILE: no column {name!r} for {role}, which REPLAY_COLUMNS names: it has"
                f" {shown(there)}"
            )


def is_other_label(values: Sequence[str], heading: Sequence[Sequence[str]]) -> bool:
    """Tell if values among the rows are a line of another heading, such as one of other tickers."""
    is_one = len(heading) > 1 and any(normalised(it) in _LABELS for it in values[:2])
    return is_one and list(values) not in heading
