"""Which members of JSON objects are columns: their own, or those of an object within each."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice, takewhile
from operator import itemgetter
from typing import Any

from contracts.settings import SettingError
from producer.feeds.replay.checks import conditions, corrections
from producer.feeds.replay.columns import binance
from producer.feeds.replay.columns.block import Values
from producer.feeds.replay.columns.choice import Choice, Columns
from producer.feeds.replay.columns.choosing import choose, with_symbol
from producer.feeds.replay.columns.kinds import MOST_LOOKED_AT, compared, kind_of, kinds_of
from producer.feeds.replay.columns.names import NoColumnsError
from producer.feeds.replay.columns.tickers import described, of_symbols
from producer.settings import Role

_ENVELOPES = ("data", "payload", "value", "message", "msg", "event", "trade")
"""How the object is named that a message is put into, such as by Binance's combined streams."""
_OF_A_KIND = 100


def first_of_each[T](items: Iterable[T], kind: Callable[[T], Hashable]) -> list[T]:
    """Take the first of each kind, as trades may be few among orders; without kinds the first.

    Raises `OSError` where not even the first can be read; what is damaged later is told later.
    """
    taken: list[T] = []
    counts: Counter[Hashable] = Counter()
    try:
        for it in islice(items, MOST_LOOKED_AT):
            of = kind(it)
            counts[of] += 1
            if counts[of] <= _OF_A_KIND:
                taken.append(it)
            elif counts.keys() == {None}:
                break
    except OSError:
        if not taken:
            raise
    return taken


def kind(values: Any) -> Hashable:
    """Tell what an object, or the one within it, says of its kind; None where that is nothing."""
    if not isinstance(values, dict):
        return None
    inner = next((it for name in _ENVELOPES if isinstance(it := values.get(name), dict)), values)
    told = [(name, compared(name, it)) for name, it in inner.items() if kinds_of(name)]
    return tuple(it if it[1] in kinds_of(it[0]) else None for it in told) or None


class Members:
    """Which members of objects are columns, learnt from the first of them; raises `SettingError`.

    Where each is the close of one of `symbols`, `tickers` are the columns of each.
    """

    def __init__(
        self, first: list[dict[str, Any]], wanted: Mapping[Role, str], symbols: Sequence[str] = ()
    ) -> None:
        self._wanted = wanted
        self._envelope = _envelope_of(first, wanted)
        self._is_flat = False
        first = self.opened(first)
        names = list(dict.fromkeys(chain.from_iterable(first)))
        self._kind = kind_of(names, lambda place: (it.get(names[place]) for it in first))
        rows = [it for it in first if self._is_row(it)]
        self.tickers: tuple[Choice, ...] = ()
        values = _first_values(rows or first)
        self.names = list(values)
        try:
            self.choice = choose(self.names, wanted, list(values.values()))
        except NoColumnsError:
            self.tickers = of_symbols(self.names, wanted, list(values.values()), symbols)
            klines = None if wanted else binance.choice_of(list(map(str, values.values())))
            nested = None if self.tickers or klines else self._within(rows or first, symbols)
            choice = nested or klines or next(iter(self.tickers), None)
            if choice is None:
                raise
            self.choice = choice

    def _within(self, objects: list[dict[str, Any]], symbols: Sequence[str]) -> Choice | None:
        """Choose columns also of what stands within the objects' members, if anything does."""
        if not any(isinstance(it, dict) for row in objects for it in row.values()):
            return None
        values = _first_values(list(map(_flat, objects)))
        names, row = list(values), list(values.values())
        try:
            choice = choose(names, self._wanted, row)
        except NoColumnsError:
            self.tickers = of_symbols(names, self._wanted, row, symbols)
            if not self.tickers:
                raise
            choice = self.tickers[0]
        self.names, self._is_flat = names, True
        return choice

    @property
    def has_kinds(self) -> bool:
        """Tell whether only messages of one kind are rows."""
        return self._kind is not None

    def above_rows(self, first: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Give those of the first objects that come before any with a time."""
        time = self.names[self.choice.time]
        return list(takewhile(lambda it: time not in it, self.opened(first)))

    def take_symbol(self, symbol: str | None, told: str | None = None) -> None:
        """Take a symbol for rows without one; raises `SettingError` as `with_symbol`."""
        if self.tickers:
            return
        self.choice = with_symbol(self.choice, self.names, symbol, told=told)

    def take_zone(self, zone: str | None) -> None:
        """Take a zone that stands above the rows, if they name none."""
        if zone is not None and not isinstance(self.choice.zone, str):
            self.choice = self.choice._replace(zone=zone)
            self.tickers = tuple(it._replace(zone=zone) for it in self.tickers)

    def take_as_bars(self) -> None:
        """Take rows as bars, where what stands around them says so."""
        self.choice = self.choice._replace(bars=True)

    def described(self) -> dict[str, str]:
        """Tell which members were taken."""
        return described(self.tickers or (self.choice,), self.names)

    def opened(self, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Give what is in the envelopes; what comes without one stays as it is."""
        name = self._envelope
        if self._is_flat:
            return list(map(_flat, objects))
        if name is None:
            return objects
        return [inner if isinstance(inner := it.get(name), dict) else it for it in objects]

    def row(self, values: dict[str, Any]) -> dict[str, Any] | str:
        """Give an object's row, or say why it is none: a message of another kind."""
        if self._envelope is None and self._kind is None and not self._is_flat:
            return values
        (found,) = self.opened([values])
        if self._kind is None or self._is_row(found):
            return found
        return self._kind.why_other(found[self._kind.name])

    def _is_row(self, found: dict[str, Any]) -> bool:
        kind = self._kind
        return kind is None or kind.name not in found or kind.is_of(found[kind.name])

    def values(self, rows: list[dict[str, Any]]) -> Values:
        """Give what rows hold."""
        self._look_further(rows)
        return self.choice.values(self.column_of(rows), len(rows))

    def column_of(self, rows: list[dict[str, Any]]) -> Columns:
        """Give what gives the values that rows have at a place."""

        def column(place: int) -> list[Any]:
            name = self.names[place]
            try:
                return list(map(itemgetter(name), rows))
            except KeyError:
                return [it.get(name) for it in rows]

        return column

    def _look_further(self, rows: list[dict[str, Any]]) -> None:
        """Take the volume, corrections and conditions, where they begin only in these rows."""
        if self.choice.volume is None:
            there = dict.fromkeys(chain.from_iterable(rows))
        else:
            late = (*corrections.LATE, *conditions.LATE)
            there = {name: None for name in late if any(name in it for it in rows)}
        known = set(self.names)
        later = [it for it in there if it not in known]
        if not later:
            return
        names = self.names + later
        first = [next((it[name] for it in rows if name in it), None) for name in names]
        with suppress(SettingError):  # one of the later names is there in two spellings
            found = choose(names, self._wanted, first)
            self.names = names
            self.choice = self.choice._replace(
                volume=found.volume, voids=found.voids, conditions=found.conditions
            )


def _first_values(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the first value of each member that one of some objects has."""
    first: dict[str, Any] = {}
    for name, value in chain.from_iterable(it.items() for it in objects):
        first.setdefault(name, value)
    return first


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Give what stands within members beside these, by the names of both: OANDA's ``mid.c``.

    Not so what is in an envelope, of which each may be of another symbol.
    """
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat[name] = plain = _of_mongo(value)
        if isinstance(plain, dict) and name not in _ENVELOPES:
            flat |= {f"{name}.{within}": _of_mongo(it) for within, it in plain.items()}
    return flat


def _of_mongo(value: Any) -> Any:
    """Give a value as it is, of which MongoDB tells the type: ``{"$date": "2024-01-02…"}``."""
    while isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith("$"):
        (value,) = value.values()
    return value


def _choice(objects: list[dict[str, Any]], wanted: Mapping[Role, str]) -> Choice | None:
    first = _first_values(objects)
    try:
        return choose(list(first), wanted, list(first.values()))
    except SettingError:
        return None


def _envelope_of(objects: list[dict[str, Any]], wanted: Mapping[Role, str]) -> str | None:
    """Find the member that holds each row and names its symbol, where the objects are no rows."""
    for name in _ENVELOPES:
        around = [it for it in objects if isinstance(it.get(name), dict)]
        within = _choice([it[name] for it in around], wanted)
        if within and within.symbol is not None and not _choice(around, wanted):
            return name
    return None
