"""Which members of JSON objects are columns: their own, or those of an object within each."""

from collections.abc import Mapping
from itertools import chain
from operator import itemgetter
from typing import Any

from producer.errors import InputError
from producer.feeds.replay.columns import Choice, Values, choose
from producer.settings import Role

_ENVELOPES = ("data", "payload", "value", "message", "event", "trade")
"""How the object is named that a message is put into, such as by Binance's combined streams."""
_KINDS = ("trade", "aggTrade")
_SHOWN = 20


def chosen(objects: list[dict[str, Any]], wanted: Mapping[Role, str]) -> tuple[list[str], Choice]:
    """Choose the columns by the names of the first objects; raises `InputError`."""
    first: dict[str, Any] = {}
    for name, value in chain.from_iterable(it.items() for it in objects):
        first.setdefault(name, value)
    names = list(first)
    return names, choose(names, wanted, list(first.values()))


def with_later_volume(
    objects: list[dict[str, Any]], names: list[str], choice: Choice, wanted: Mapping[Role, str]
) -> tuple[list[str], Choice]:
    """Take the volume where it begins only in these objects."""
    if choice.volume is not None:
        return names, choice
    known = set(names)
    later = [it for it in dict.fromkeys(chain.from_iterable(objects)) if it not in known]
    if not later:
        return names, choice
    names = names + later
    row = [next((it[name] for it in objects if name in it), None) for name in names]
    try:
        return names, choice._replace(volume=choose(names, wanted, row).volume)
    except InputError:  # one of the later names is there in two spellings
        return names, choice


def columns_of(
    objects: list[dict[str, Any]], names: list[str], choice: Choice
) -> tuple[Values, set[str]]:
    """Give the values of objects by column, and the names that are in doubt."""

    def column(place: int) -> list[Any]:
        name = names[place]
        try:
            return list(map(itemgetter(name), objects))
        except KeyError:
            return [it.get(name) for it in objects]

    return choice.values(column, len(objects)), choice.names_in_doubt(column)


def envelope_of(objects: list[dict[str, Any]], wanted: Mapping[Role, str]) -> str | None:
    """Find the member that holds each row and names its symbol, where the objects are no rows."""
    for name in _ENVELOPES:
        around = [it for it in objects if isinstance(it.get(name), dict)]
        within = _choice([it[name] for it in around], wanted)
        if within and within.symbol is not None and not _choice(around, wanted):
            return name
    return None


def opened(objects: list[dict[str, Any]], envelope: str | None) -> list[dict[str, Any]]:
    """Give what is in the envelopes; what comes without one stays as it is."""
    if envelope is None:
        return objects
    return [inner if isinstance(inner := it.get(envelope), dict) else it for it in objects]


def kind_of(objects: list[dict[str, Any]]) -> str | None:
    """Find of which kind Binance's messages are rows: of trades, else of aggregated ones."""
    kinds = {it.get("e") for it in objects if isinstance(it.get("e"), str)}
    return next((it for it in _KINDS if it in kinds), None)


def other_kind(values: dict[str, Any], kind: str | None) -> str | None:
    """Say why an object is no row, if it is a message of another kind."""
    if kind is None or values.get("e", kind) == kind:
        return None
    return f"its 'e' is {str(values['e'])[:_SHOWN]!r}, and that of rows {kind!r}"


def _choice(objects: list[dict[str, Any]], wanted: Mapping[Role, str]) -> Choice | None:
    try:
        return chosen(objects, wanted)[1]
    except InputError:
        return None
