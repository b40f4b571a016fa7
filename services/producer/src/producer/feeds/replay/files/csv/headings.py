"""Finds out how a CSV file is laid out: separator, heading, columns."""

from collections.abc import Mapping, Sequence

from contracts.settings import SettingError
from producer.feeds.replay.columns.choosing import are_places, choose, with_symbol
from producer.feeds.replay.columns.names import NoColumnsError, normalised
from producer.feeds.replay.columns.tickers import described, of_symbols
from producer.feeds.replay.files.csv import above
from producer.feeds.replay.files.csv.layout import Layout, separators, values_of
from producer.feeds.replay.files.csv.no_heading import by_place, is_of_lean, of_binance
from producer.feeds.replay.files.csv.yfinance import of_yfinance
from producer.feeds.replay.values.amounts import is_nothing
from producer.settings import Role


def lay_out(
    lines: Sequence[str], wanted: Mapping[Role, str], symbols: Sequence[str] = ()
) -> Layout:
    """Find out from its first lines how a file is laid out; raises `SettingError`.

    Rows without a symbol are of the only one of `symbols`, the ones that are asked for.
    """
    symbol = symbols[0] if len(symbols) == 1 else None
    there = [place for place, line in enumerate(lines) if line.strip()]
    if not there:
        raise SettingError(
            "REPLAY_FILE: the file is empty, or its first lines are: takes a heading and rows"
        )
    first = there[0]
    if all(is_of_lean(lines[place]) for place in there):
        raise SettingError(
            "REPLAY_FILE: the lines look like LEAN's, whose prices are in units of 0.0001; takes"
            " prices as they are, which have decimals or a heading above them"
        )
    if are_places(wanted):
        return by_place(lines[first:], first, wanted, symbol)
    found = _by_heading(lines, there, wanted, symbol)
    if isinstance(found, Layout):
        return found
    if not wanted and (known := of_binance(lines[first], first, symbol)):
        return known
    closes = filter(None, (_by_symbol(lines, it, wanted, symbols) for it in there))
    if layout := next(closes, None):
        return layout
    raise found


def _by_heading(
    lines: Sequence[str], there: Sequence[int], wanted: Mapping[Role, str], symbol: str | None
) -> Layout | NoColumnsError:
    """Lay a file out by the first of its lines that is a heading, or say what the likeliest lacks.

    Below one that names a time, a row that looks like another heading is none.
    """
    missing = NoColumnsError("has no heading")
    for place in there:
        try:
            return _under(lines, place, wanted, symbol)
        except NoColumnsError as error:
            if place == there[0] or (error.time_is_there and not missing.time_is_there):
                missing = error
        except SettingError:
            if not missing.time_is_there:
                raise
    return missing


def is_heading(line: str, layout: Layout) -> bool:
    """Tell if a line among the rows is the heading once more."""
    return [it.strip("\ufeff") for it in values_of(line, layout.separator)] == layout.names


def is_other_heading(names: Sequence[str], layout: Layout) -> bool:
    """Tell if values are another heading, with what is read in other places."""
    before, now = (dict(enumerate(map(normalised, it))) for it in (layout.names, names))
    if layout.is_of_closes:
        time = layout.choices[0].time
        return before[time] == now.get(time) and list(names) != list(layout.names)
    try:
        there = choose(names, {}, [])
    except SettingError:
        return False
    (here,) = layout.choices
    if before == now:
        return False
    if (there.symbol, there.price) != (here.symbol, here.price):
        return True
    if there.volume not in {None, here.volume}:
        return True
    volume_is_other = here.volume is not None and before[here.volume] != now.get(here.volume)
    time_is_elsewhere = before[here.time] in {*now.values()} - {now.get(here.time)}
    return time_is_elsewhere or (there.volume is None and volume_is_other)


def _under(
    lines: Sequence[str], place: int, wanted: Mapping[Role, str], symbol: str | None
) -> Layout:
    """Lay a file out by a heading, the line at a place; raises `SettingError` if it is none."""
    missing: NoColumnsError | None = None
    for separator in separators(lines[place]):
        if wide := of_yfinance(lines[place:], place, separator, wanted):
            return wide
        names = values_of(lines[place], separator)
        rows = [values_of(it, separator) for it in lines[place + 1 :] if it.strip()]
        whole = [it for it in rows if len(it) == len(names)]
        row = max(whole or rows[:1], key=_filled, default=[])
        try:
            choice = choose(names, wanted, row)
            choice = with_symbol(choice, names, symbol, told=above.symbol(lines[:place]))
        except NoColumnsError as error:
            missing = missing or error
        else:
            if choice.zone is None:
                choice = choice._replace(zone=above.zone(lines[:place]))
            what = choice.described(names)
            return Layout(separator, place + 1, len(names), (choice,), what, names)
    raise missing or NoColumnsError("has no heading")


def _by_symbol(
    lines: Sequence[str], place: int, wanted: Mapping[Role, str], symbols: Sequence[str]
) -> Layout | None:
    """Lay a file out by a heading that names symbols, each above its prices; None if it is none."""
    for separator in separators(lines[place]):
        names = values_of(lines[place], separator)
        row = values_of(lines[place + 1], separator) if place + 1 < len(lines) else []
        if choices := of_symbols(names, wanted, row, symbols):
            if choices[0].zone is None and (zone := above.zone(lines[:place])):
                choices = tuple(it._replace(zone=zone) for it in choices)
            what = described(choices, names)
            return Layout(separator, place + 1, len(names), choices, what, names, is_of_closes=True)
    return None


def _filled(row: Sequence[str]) -> int:
    return sum(not is_nothing(it) for it in row)
