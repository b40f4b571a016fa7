"""Chooses which column is what: by the names that tools give, or as `REPLAY_COLUMNS` says."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from contracts.settings import SettingError
from producer.feeds.replay.checks.conditions import conditions_of
from producer.feeds.replay.checks.corrections import (
    WhyNoTrade,
    tells_of_no_trades,
    why_corrected,
)
from producer.feeds.replay.checks.series import is_session, is_venue, tells_apart
from producer.feeds.replay.checks.unusable import check
from producer.feeds.replay.columns.base_volume import counts, of_base
from producer.feeds.replay.columns.choice import Choice
from producer.feeds.replay.columns.missing import A_SYMBOL, missing
from producer.feeds.replay.columns.names import (
    NAMES,
    doubtful_symbols,
    named,
    normalised,
    shown,
    usual,
)
from producer.feeds.replay.columns.shapes import Shape, is_of_more, shape_of
from producer.feeds.replay.columns.time_columns import (
    check_day,
    check_zone,
    day_and_clock,
    index,
    is_day,
    since_1970,
)
from producer.feeds.replay.values import zones
from producer.settings import ROLES, Role

_BAR = {"open", "high", "low", "close"}
_BARS = (("open", "high", "low"), ("o", "h", "l"), ("mido", "midh", "midl"))
"""What stands in bars beside their close, whatever that is called; at last in those of OANDA."""
_ZERO = re.compile(r"0(?:\.0*)?", re.ASCII)
_QUOTE = {"bid", "ask", "last"}
_NUMBERS_OF_TRADES = ("tradeid", "trdmatchid", "execid", "aggtradeid", "tid", "eventid")
"""Names of columns that number trades, whoever wrote them, as names are compared."""
_OF_DAYS = {"market", "period"}
"""Names of columns that may tell of a part of the day, as names are compared."""
_NUMBERS_OF_PARTS = {"settlementperiod", "tradingperiod"}
"""Those of columns that number the half-hours of a day, which beside a time of day are no more."""
_AN_OPTION = re.compile(r"\d{6}[CP]\d+$|-[CP]$", re.ASCII)
"""How a symbol ends that is one option's: AAPL240216C00185000, BTC-27DEC24-50000-C."""
_BETWEEN = re.compile(r"[-/_.:=^]")
_OPTIONAL: tuple[Role, ...] = ("symbol", "volume", "date")


def choose(names: Sequence[str], wanted: Mapping[Role, str], row: Sequence[Any]) -> Choice:
    """Choose the columns, as wanted or by their usual names; `row` are the first row's values.

    What holds several values is no column, and is shown as ``data {}``. Raises `NoColumnsError`
    where time or price has none, else `SettingError`; both say what is there and what is taken.
    """
    several = {place for place, it in enumerate(row) if isinstance(it, dict | list)}
    names = [f"{name} {{}}" if place in several else name for place, name in enumerate(names)]
    normal = [normalised(name) for name in names]
    shape = shape_of(names)
    places = _by_names(names, normal, wanted, shape)
    if "time" not in wanted:
        places |= _by_times(names, normal, row, places)
    if "time" not in places or "price" not in places:
        raise missing(names, row, places)
    bars = are_bars(normal)
    if not bars and "date" not in places and "time" not in wanted:
        check_day(names, row, places["time"])
    first = dict(enumerate(row))
    symbol = _text_at(first, places.get("symbol"))
    is_told = "symbol" in wanted or bool(_AN_OPTION.search(symbol))
    price_told = "price" in wanted
    check(names, normal, first, places["price"], symbol_told=is_told, price_told=price_told)
    zone, offset = _zone(names, normal, places), None
    if zone is None and "time" not in wanted:
        check_zone(names, row, places["time"], places.get("date"))
        offset = next((n for n, it in enumerate(normal) if zones.is_offset(it)), None)
    trade = _number_of_trades(shape, names, normal)
    has_clock = "date" in places or not is_day(first.get(places["time"], ""))
    sessions = _sessions(normal, first, has_clock=has_clock)
    doubt = () if "symbol" in places else doubtful_symbols(normal, row)
    doubt = tuple(
        n for n in doubt if n not in sessions and (bars or not _is_venue(normal, first, n))
    )
    choice = _choice(places)._replace(
        zone=zone,
        offset=offset,
        doubt=doubt,
        ids=tuple(n for n in doubt if normal[n] in {"id", "index"}),
        trade=None if trade in places.values() else trade,
        bars=trade is None and bars and not _are_ticks(normal, first),
        voids=() if bars else tuple(_voids(shape, names, normal, normal[places["price"]])),
        conditions=None if bars else conditions_of(normal),
        apart=tuple(
            n
            for n, it in enumerate(zip(names, normal, strict=True))
            if tells_apart(*it, bars=bars) and n not in {*places.values(), *sessions}
        ),
    )
    return _with_volume(choice, normal, symbol)


def _zone(
    names: Sequence[str], normal: Sequence[str], places: Mapping[Role, int]
) -> str | int | None:
    """Give the zone that the time's or the date's heading names, or the column of zones."""
    roles: tuple[Role, ...] = ("time", "date")
    named_zones = (zones.of_heading(names[places[it]]) for it in roles if it in places)
    row_zone = next((n for n, it in enumerate(normal) if it in zones.NAMES), None)
    return next(filter(None, named_zones), row_zone)


def _sessions(normal: Sequence[str], row: Mapping[int, Any], *, has_clock: bool) -> list[int]:
    """Find the columns that tell of a part of the day."""
    return [
        n
        for n, it in enumerate(normal)
        if (it in _OF_DAYS and is_session(_text_at(row, n)))
        or (it in _NUMBERS_OF_PARTS and has_clock)
    ]


def _is_venue(normal: Sequence[str], row: Mapping[int, Any], place: int) -> bool:
    """Tell whether a column has venues: trades of all of them are one series."""
    return normal[place] == "market" and is_venue(_text_at(row, place))


def _text_at(row: Mapping[int, Any], place: int | None) -> str:
    return "" if place is None else str(row.get(place, "")).strip()


def with_symbol(
    choice: Choice, names: Sequence[str], symbol: str | None, *, told: str | None = None
) -> Choice:
    """Give rows without a symbol the one asked for; raises `SettingError` where there is none.

    So it does where what stands above them has `told` that they are of another.
    """
    if choice.symbol is not None:
        return choice
    if symbol is None:
        likely = names[choice.doubt[0]] if choice.doubt else "NAME"
        raise SettingError(
            f"REPLAY_FILE: no column for symbol: it has {shown(names)}; takes one of them by"
            f" REPLAY_COLUMNS=symbol={likely}, or for a file of one symbol that one, such as"
            " SYMBOLS=IBM"
        )
    if told and A_SYMBOL.fullmatch(told) and not _are_one(symbol, told):
        raise SettingError(
            f"REPLAY_FILE: the rows are of {told!r}, as stands above them, and SYMBOLS is"
            f" {symbol!r}; takes SYMBOLS={told}"
        )
    normal = [normalised(name) for name in names]
    return _with_volume(choice._replace(name=symbol), normal, symbol)


def _are_one(symbol: str, told: str) -> bool:
    """Tell whether two symbols may be of one share: ``AAPL``, ``NASDAQ:AAPL`` and ``AAPL.US``."""
    here, there = _BETWEEN.split(symbol), _BETWEEN.split(told)
    return "".join(here) == "".join(there) or symbol in there or told in here


def placed(wanted: Mapping[Role, str], width: int) -> Choice:
    """Give the columns of a file without heading, by place; raises `SettingError`."""
    places = {role: int(place) - 1 for role, place in wanted.items()}
    if max(places.values()) >= width:
        raise SettingError(
            f"REPLAY_COLUMNS: got place {max(places.values()) + 1}, takes one of the {width} of the"
            " file's first line"
        )
    if "time" not in places or "price" not in places:
        raise SettingError(
            f"REPLAY_COLUMNS: got {', '.join(places)}, takes places for time and price at least"
        )
    return _choice(places)


def are_places(wanted: Mapping[Role, str]) -> bool:
    """Tell whether columns are wanted by place, so that there is no heading."""
    return bool(wanted) and all(it.isdecimal() for it in wanted.values())


def are_bars(normal: Iterable[str]) -> bool:
    """Tell by names, as they are compared, whether rows are bars, and no quotes with the day's."""
    names = set(normal)
    return any(names >= {*it} for it in _BARS) and not names >= {"bid", "ask"}


def _are_ticks(normal: Sequence[str], row: Mapping[int, Any]) -> bool:
    """Tell trades of Sierra Chart's by their open of 0; low and high are their bid and ask."""
    opened = next(one for one, *others in _BARS if {one, *others} <= {*normal})
    return bool(_ZERO.fullmatch(str(row.get(normal.index(opened))).strip()))


def _by_names(
    names: Sequence[str], normal: Sequence[str], wanted: Mapping[Role, str], shape: Shape
) -> dict[Role, int]:
    """Find the columns that are wanted, that a provider calls so, or that have a usual name."""
    places: dict[Role, int] = {}
    for role in ROLES:
        if role in wanted:
            places[role] = named(names, wanted[role])
        elif role in shape.roles:
            places[role] = names.index(shape.roles[role])
        elif (place := usual(_taken(role, shape.roles, normal), names, normal)) is not None:
            places[role] = place
    if {"time", "price"} <= places.keys() - wanted.keys() and _is_ticker(names, normal, places):
        del places["price"]
    volume = places.get("volume")
    if volume is not None and "volume" not in wanted:
        name = normal[volume]
        if is_of_more(name, normal) or not counts(name):
            del places["volume"]
    return places


def _by_times(
    names: Sequence[str], normal: Sequence[str], row: Sequence[Any], places: Mapping[Role, int]
) -> dict[Role, int]:
    """Find by the first row's values what tells the time, beside or in place of what is found."""
    found: dict[Role, int] = {}
    if "time" in places:
        found["time"] = since_1970(normal, row, places["time"])
    if "date" not in places:
        found |= day_and_clock(names, normal, row, found.get("time"))
    return found or index(normal, row)


def _is_ticker(names: Sequence[str], normal: Sequence[str], places: Mapping[Role, int]) -> bool:
    """Tell whether a capital names a share, as in a table with a column for each, and no price."""
    price, time = names[places["price"]], names[places["time"]]
    is_told = len(time) > 1 or any(len(it) > 1 for it in {*NAMES["time"]} & {*normal})
    return price in {"C", "P"} and is_told and not set(normal) >= {"o", "h", "l"}


def _taken(role: Role, letters: Mapping[Role, str], normal: Sequence[str]) -> list[str]:
    """Give the usual names, without those of one letter where a provider's letters are others.

    The price of a bar is its close: beside one Tradier calls the middle of high and low `price`.
    That of a quote is its last: beside one IBKR calls that of the day before `close`.
    """
    if role == "price" and set(normal) >= _QUOTE and "price" not in normal:
        return ["last"]
    if role == "price" and set(normal) >= _BAR:
        return ["close"]
    return [it for it in NAMES.get(role, ()) if len(it) > 1 or not letters]


def _number_of_trades(shape: Shape, names: Sequence[str], normal: Sequence[str]) -> int | None:
    """Find the number of a trade: as its provider calls it, or by a name that says so."""
    if name := next((it for it in shape.trade if it in names), None):
        return names.index(name)
    return next((normal.index(it) for it in _NUMBERS_OF_TRADES if normal.count(it) == 1), None)


def _voids(
    shape: Shape, names: Sequence[str], normal: Sequence[str], price: str
) -> Iterator[tuple[int, WhyNoTrade]]:
    """Find what tells that a row is no trade, or one that was taken back."""
    for place, name in enumerate(normal):
        if names[place] == shape.update:
            yield place, why_corrected
        elif why := tells_of_no_trades(name, normal, price):
            yield place, why


def _choice(places: Mapping[Role, int]) -> Choice:
    symbol, volume, date = (places.get(role) for role in _OPTIONAL)
    return Choice(places["time"], places["price"], symbol, volume, date)


def _with_volume(choice: Choice, normal: Sequence[str], symbol: str) -> Choice:
    """Take the volume of the symbol's base where that is one of several."""
    if choice.volume is not None:
        return choice
    return choice._replace(volume=of_base(normal, symbol))
