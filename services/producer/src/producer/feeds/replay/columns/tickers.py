"""Tables that have a quote for each ticker in a line: those of yfinance, and those of closes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any

from contracts.settings import SettingError
from producer.feeds.replay.columns.block import BadRow, Block, Values
from producer.feeds.replay.columns.choice import Choice, Columns
from producer.feeds.replay.columns.choosing import are_bars, choose
from producer.feeds.replay.columns.names import NAMES, NoColumnsError, normalised
from producer.feeds.replay.values.amounts import is_nothing
from producer.settings import Role

TIMES = {"date", "datetime"}
"""What the index is called, as names are compared."""
_FIELDS = ("close", "volume", "open", "high", "low")
_PAIR = re.compile(r"\('(?P<one>[^']+)', '(?P<other>[^']*)'\)")
"""How pandas names a column of two levels in Parquet and JSON: ``('Close', 'AAPL')``."""


def choices_of(
    labels: Mapping[int, tuple[str, str]], time: int, price: str = "Close", volume: str = "Volume"
) -> tuple[Choice, ...]:
    """Choose for each ticker its price and volume, by what field and ticker stand at a place.

    Gives nothing where no field is called as the price; raises `SettingError` where a ticker has
    one twice.
    """
    found: dict[tuple[str, str], int] = {}
    for n, (field, ticker) in labels.items():
        if (normalised(field), ticker) in found:
            raise SettingError(
                f"REPLAY_FILE: the column {field!r} of {ticker!r} is there twice, takes one of each"
            )
        found[normalised(field), ticker] = n
    bars = are_bars(field for field, _ in found)
    return tuple(
        Choice(time, n, volume=found.get((normalised(volume), ticker)), name=ticker, bars=bars)
        for (field, ticker), n in found.items()
        if field == normalised(price)
    )


def of_pairs(names: Sequence[str]) -> tuple[Choice, ...]:
    """Choose columns whose names are pairs of field and ticker, in either order, beside a time."""
    pairs = {n: found.groups() for n, it in enumerate(names) if (found := _PAIR.fullmatch(it))}
    times = (pairs.get(n, (it,))[0] for n, it in enumerate(names))
    time = next((n for n, it in enumerate(times) if normalised(it) in {*TIMES, "time"}), None)
    if not pairs or time is None:
        return ()
    labels = {n: (one, other) for n, (one, other) in pairs.items() if n != time}
    if not any(normalised(field) == "close" for field, _ in labels.values()):
        labels = {n: (field, ticker) for n, (ticker, field) in labels.items()}
    return choices_of(labels, time)


def choices_in(
    names: Sequence[str], wanted: Mapping[Role, str], row: Sequence[Any], symbols: Sequence[str]
) -> tuple[Choice, ...]:
    """Choose columns once for all rows, or, each with its `name`, for several tickers in a row.

    Raises `SettingError` as `choose`.
    """
    if not wanted and (pairs := of_pairs(names)):
        return pairs
    try:
        return (choose(names, wanted, row),)
    except NoColumnsError:
        if tickers := of_symbols(names, wanted, row, symbols):
            return tickers
        raise


def of_symbols(
    names: Sequence[str], wanted: Mapping[Role, str], row: Sequence[Any], symbols: Sequence[str]
) -> tuple[Choice, ...]:
    """Choose the columns that are called as the symbols that are asked for, all of which are there.

    Or as field and symbol, such as ``Close_AAPL``. Gives nothing where one is not, or where there
    is no time; raises `SettingError` as `choose`.
    """
    if not symbols or "price" in wanted:
        return ()
    several = {name for name, it in zip(names, row, strict=False) if isinstance(it, dict | list)}
    if set(symbols) <= set(names) - several:
        labels = {names.index(it): ("close", it) for it in symbols}
    else:
        labels = dict(_labels(names, symbols))
    closes = {it: names[n] for n, (field, it) in labels.items() if field == "close"}
    if len(closes) < len(set(symbols)):
        return ()
    # A symbol may be called as a time or a volume usually is: AT&T is T, Visa V. Beside a `Date` T
    # is no time either where it is not asked for.
    called = {names[n]: f"{field} of {it}" for n, (field, it) in labels.items()}
    if any(len(it) > 1 for it in {*NAMES["time"]} & {*map(normalised, names)}):
        called = {"T": "another"} | called
    others = [it if it in wanted.values() else called.get(it, it) for it in names]
    with suppress(NoColumnsError):
        found = choose(others, {**wanted, "price": called[next(iter(closes.values()))]}, row)
        choices = choices_of(labels, found.time)
        return tuple(
            it._replace(date=found.date, zone=found.zone, offset=found.offset) for it in choices
        )
    return ()


def _labels(names: Sequence[str], symbols: Sequence[str]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Find the columns that are called as a field and a symbol, in either order."""
    normal = list(map(normalised, names))
    for symbol, field in product(symbols, _FIELDS):
        called = {normalised(f"{field} {symbol}"), normalised(f"{symbol} {field}")}
        places = [n for n, it in enumerate(normal) if it in called]
        if len(places) == 1:
            yield places[0], (field, symbol)


def described(choices: Sequence[Choice], names: Sequence[str]) -> dict[str, str]:
    """Tell which columns were taken, with those of all tickers."""
    prices = ", ".join(names[it.price] for it in choices)
    return choices[0].described(names) | {"price": prices}


def block_of(
    read: int,
    lines: Sequence[int],
    choices: Sequence[Choice],
    column: Columns,
    *,
    unreadable: Sequence[BadRow] = (),
    blank: int = 0,
) -> Block:
    """Give a row for each ticker that has a price in a line."""
    taken: list[tuple[Any, ...]] = []
    left_out: list[BadRow] = []
    columns = {place: column(place) for it in choices for place in it.places()} if lines else {}
    times = choices[0].times(columns.__getitem__, len(lines)) if lines else ()
    strangers = choices[0].strangers(columns.__getitem__, times) if lines else {}
    for n, line in enumerate(lines):
        if n in strangers:
            left_out.append(BadRow(line, strangers[n]))
            continue
        there = [it for it in choices if not is_nothing(str(columns[it.price][n]))]
        if not there:
            left_out.append(BadRow(line, "no ticker has a price"))
        for it in there:
            volume = None if it.volume is None else columns[it.volume][n]
            taken.append((line, times[n], it.name, columns[it.price][n], volume))
    numbers, at, names, prices, volumes = zip(*taken, strict=True) if taken else ((),) * 5
    rows = Values(at, names, prices, volumes, bars=choices[0].bars)
    return Block(read, numbers, rows, [*unreadable, *left_out], blank=blank, wide=True)
