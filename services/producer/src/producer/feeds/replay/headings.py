"""Finds out how a CSV file is laid out: separator, heading, columns."""

import csv
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from producer.errors import InputError
from producer.feeds.replay.amounts import is_nothing
from producer.feeds.replay.choice import Choice
from producer.feeds.replay.column_names import NoColumnsError, normalised
from producer.feeds.replay.columns import are_bars, are_places, choose, placed, with_symbol
from producer.feeds.replay.cutting import cells
from producer.settings import Role

_SEPARATORS = (";", "\t", "|", ",")  # of as many commas as others: those may be in numbers
_NUMBER, _TIME, _FLAG = r"\d+(?:\.\d+)?", r"\d{13}(?:\d{3})?", r"(?:true|false)"
_BINANCE = (
    (
        rf"{_TIME}(?:,{_NUMBER}){{5}},{_TIME},{_NUMBER},\d+(?:,{_NUMBER}){{2}},\d+",
        Choice(time=0, price=4, volume=5, bars=True),
    ),
    (rf"\d+(?:,{_NUMBER}){{3}},{_TIME}(?:,{_FLAG}){{1,2}}", Choice(time=4, price=1, volume=2)),
    (
        rf"\d+(?:,{_NUMBER}){{2}},\d+,\d+,{_TIME}(?:,{_FLAG}){{1,2}}",
        Choice(time=5, price=1, volume=2),
    ),
)
"""Binance's dumps without heading (data.binance.vision): klines, trades, aggregated trades."""
_LEAN = re.compile(r"\d{8} \d\d:\d\d(?:,\d{4,}){4},\d+", re.ASCII)
"""Bars of LEAN's, a day or an hour each, whose prices are in units of 0.0001."""
_LABELS = 3
"""Lines of the heading that yfinance writes since 0.2.51: fields, tickers, the index's name."""
_LEVELS = {"Price", "Ticker"}
"""What the first two of them begin with."""
_TIMES = {"date", "datetime"}
_MOST_APART = 10
"""Times its low that a high is taken to be at most: numbers and sides of trades are no bars."""


class Layout(NamedTuple):
    """How a CSV file is laid out.

    `heading` lines come before the first row. A line has `width` values, and a quote for each of
    `choices`. `names` are those of the columns, if one line has them.
    """

    separator: str
    heading: int
    width: int
    choices: tuple[Choice, ...]
    columns: dict[str, str]
    names: Sequence[str] = ()


def lay_out(lines: Sequence[str], wanted: Mapping[Role, str], symbol: str | None) -> Layout:
    """Find out from its first lines how a file is laid out; raises `InputError`."""
    there = [place for place, line in enumerate(lines) if line.strip()]
    if not there:
        raise InputError(
            "REPLAY_FILE: the file is empty, or its first lines are: takes a heading and rows"
        )
    first = there[0]
    if all(_LEAN.fullmatch(lines[place].strip()) for place in there):
        raise InputError(
            "REPLAY_FILE: the lines look like LEAN's, whose prices are in units of 0.0001; takes"
            " prices as they are, which have decimals or a heading above them"
        )
    if are_places(wanted):
        return _by_place(lines[first:], first, wanted, symbol)
    missing: NoColumnsError | None = None
    for place in there:
        try:
            return _under(lines[place:], place, wanted, symbol)
        except NoColumnsError as error:
            missing = missing or error
    if not wanted and (known := _of_binance(lines[first], first, symbol)):
        return known
    raise missing or InputError("REPLAY_FILE: no heading")


def is_heading(line: str, layout: Layout) -> bool:
    """Tell if a line among the rows is the heading once more."""
    return [it.strip("\ufeff") for it in _names(line, layout.separator)] == layout.names


def is_other_heading(line: str, layout: Layout) -> bool:
    """Tell if a line that is not the heading is one by which symbol, price or volume move."""
    names = _names(line, layout.separator)
    try:
        there = choose(names, {}, [])
    except InputError:
        return False
    (here,) = layout.choices
    if there.volume not in {None, here.volume}:
        return True
    return (there.symbol, there.price) != (here.symbol, here.price)


def _by_place(
    lines: Sequence[str], place: int, wanted: Mapping[Role, str], symbol: str | None
) -> Layout:
    separator = _separators(lines[0])[0]
    rows = [_names(it, separator) for it in lines if it.strip()]
    width = len(rows[0])
    names = [f"column {n}" for n in range(1, width + 1)]
    choice = with_symbol(placed(wanted, width), names, symbol)
    ends = [it[: choice.price + 1] for it in rows if len(it) == width]
    priced = [it for it in ends if _plain_number(it[-1])]
    choice = choice._replace(bars=bool(priced) and all(map(_is_bar, priced)))
    return Layout(separator, place, width, (choice,), choice.described(names))


def _is_bar(values: Sequence[str]) -> bool:
    """Tell whether values end with open, high, low and close, of which high and low are near."""
    *_, opened, high, low, close = map(_plain_number, ("", "", "", *values))
    return low > 0 and low <= min(opened, close) <= max(opened, close) <= high < low * _MOST_APART


def _plain_number(text: str) -> float:
    text = text.replace(",", ".")
    return float(text) if re.fullmatch(_NUMBER, text, re.ASCII) else 0.0


def _under(
    lines: Sequence[str], place: int, wanted: Mapping[Role, str], symbol: str | None
) -> Layout:
    """Lay a file out by a heading, the first of these lines; raises `InputError` if it is none."""
    missing: NoColumnsError | None = None
    for separator in _separators(lines[0]):
        if wide := _of_yfinance(lines, place, separator):
            return wide
        names = _names(lines[0], separator)
        rows = [_names(it, separator) for it in lines[1:] if it.strip()]
        whole = [it for it in rows if len(it) == len(names)]
        row = max(whole or rows[:1], key=_filled, default=[])
        try:
            choice = with_symbol(choose(names, wanted, row), names, symbol)
        except NoColumnsError as error:
            missing = missing or error
        else:
            described = choice.described(names)
            return Layout(separator, place + 1, len(names), (choice,), described, names)
    raise missing or NoColumnsError("has no heading")


def _separators(line: str) -> list[str]:
    return sorted(_SEPARATORS, key=line.count, reverse=True)


def _names(line: str, separator: str) -> list[str]:
    try:
        return [it.strip() for it in cells(line, separator)]
    except csv.Error:
        return [it.strip() for it in line.split(separator)]


def _filled(row: Sequence[str]) -> int:
    return sum(not is_nothing(it) for it in row)


def _of_yfinance(lines: Sequence[str], place: int, separator: str) -> Layout | None:
    """Lay out a heading of fields and tickers, either first, and the name of the index, the time.

    After pandas' `reset_index` the time is a column too, named in the first line, and there are
    two: the first column is then no price, whatever it is called, but counts the rows.
    """
    if len(lines) < _LABELS:
        return None
    one, two, index = (_names(it, separator) for it in lines[:_LABELS])
    fields, tickers = (one, two) if "close" in map(normalised, one) else (two, one)
    time = next((n for n, it in enumerate(one) if normalised(it) in _TIMES), 0)
    if time and {*one[:1], *two[:1]} == _LEVELS:
        name, labels = one[time], _LABELS - 1
    elif index and normalised(index[0]) in _TIMES and not any(index[1:]):
        time, name, labels = 0, index[0], _LABELS
    else:
        return None
    found = {}
    for n, (field, ticker) in enumerate(zip(fields[1:], tickers[1:], strict=False), 1):
        if (normalised(field), ticker) in found:
            raise InputError(
                f"REPLAY_FILE: the column {field!r} of {ticker!r} is there twice, takes one of each"
            )
        found[normalised(field), ticker] = n
    bars = are_bars(field for field, _ in found)
    choices = tuple(
        Choice(time, n, volume=found.get(("volume", ticker)), name=ticker, bars=bars)
        for (field, ticker), n in found.items()
        if field == "close"
    )
    if not choices:
        return None
    what = {"time": name, "price": "Close", "volume": "Volume"}
    return Layout(separator, place + labels, len(one), choices, what)


def _of_binance(line: str, place: int, symbol: str | None) -> Layout | None:
    for form, choice in _BINANCE:
        if re.fullmatch(form, line.strip(), re.ASCII | re.IGNORECASE):
            width = line.count(",") + 1
            names = [f"column {n}" for n in range(1, width + 1)]
            named = with_symbol(choice, names, symbol)
            return Layout(",", place, width, (named,), named.described(names))
    return None
