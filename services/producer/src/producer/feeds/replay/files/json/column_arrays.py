"""Finds the columns of a JSON document that holds them as arrays, or as pandas writes frames."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from producer.errors import InputError
from producer.feeds.replay.columns.choice import Choice
from producer.feeds.replay.columns.choosing import choose
from producer.feeds.replay.columns.kinds import kind_of
from producer.feeds.replay.columns.names import NoColumnsError
from producer.feeds.replay.columns.tickers import of_pairs
from producer.feeds.replay.files.json.names import is_time, nearer, says_symbol, says_zone, told
from producer.settings import Role

type _Columns = list[tuple[str, list[Any]]]


class Found(NamedTuple):
    """Columns with their names, and what each is; symbol, zone and interval stand around them.

    Where each column is of one ticker, `tickers` are what is of each.
    """

    names: list[str]
    columns: list[list[Any]]
    choice: Choice
    symbol: str | None
    zone: str | None
    interval: str
    tickers: tuple[Choice, ...] = ()


def found_in(
    node: Any,
    wanted: Mapping[Role, str],
    document: Any,
    around: tuple[str | None, str] = (None, ""),
) -> list[Found]:
    """Find columns in the innermost objects at or below which there are some for time and price.

    `around` are the innermost names above that are a symbol and an interval. Raises `InputError`
    where a name is there twice, or columns do not hold the same number of values.
    """
    if not isinstance(node, dict | list):
        return []
    inner = node.items() if isinstance(node, dict) else (("", it) for it in node)
    deeper = [
        found
        for name, it in inner
        for found in found_in(it, wanted, document, nearer(*around, name))
    ]
    if deeper or isinstance(node, list):
        return deeper
    for columns in (list(_arrays(node)), _by_index(node), _by_rows(node)):
        names = [name for name, _ in columns]
        if not wanted and (tickers := of_pairs(names)):
            arrays = [values for _, values in columns]
            return [Found(names, arrays, tickers[0], tickers[0].name, None, "", tickers)]
        try:
            choice = choose(names, wanted, [values[0] for _, values in columns])
        except NoColumnsError:
            continue
        _check(choice, columns)
        arrays = [values for _, values in columns]
        choice = choice._replace(kind=kind_of(names, arrays.__getitem__))
        symbol = around[0] or told(says_symbol, node) or told(says_symbol, document)
        zone = told(says_zone, node) or told(says_zone, document)
        return [Found(names, arrays, choice, symbol, zone, around[1])]
    return []


def _arrays(node: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Give the arrays of values at and below an object; below an array if that is of one object."""
    for name, it in node.items():
        only = it[0] if isinstance(it, list) and len(it) == 1 else it
        if isinstance(only, dict):
            yield from _arrays(only)
        elif isinstance(it, list) and it and not isinstance(it[0], dict | list):
            yield name, it


def _by_index(node: dict[str, Any]) -> _Columns:
    """Give columns whose values stand under the same names each: pandas' default form."""
    inner = [it for it in node.values() if isinstance(it, dict)]
    keys = list(inner[0]) if inner and len(inner) == len(node) else []
    if not keys or any(list(it) != keys for it in inner):
        return []
    columns = [(name, list(it.values())) for name, it in node.items()]
    return [("time", keys), *columns] if is_time(keys[0]) else columns


def _by_rows(node: dict[str, Any]) -> _Columns:
    """Give columns whose names stand beside the rows, as pandas and Quandl write them."""
    names, rows = node.get("columns", node.get("column_names")), node.get("data")
    if not (isinstance(names, list) and isinstance(rows, list) and rows):
        return []
    if any(not isinstance(it, list) or len(it) != len(names) for it in rows):
        return []
    columns = [(str(name), [it[place] for it in rows]) for place, name in enumerate(names)]
    index = node.get("index")
    if isinstance(index, list) and index and is_time(str(index[0])):
        return [("time", index), *columns]
    return columns


def _check(choice: Choice, columns: _Columns) -> None:
    """Raise `InputError` where the columns that are taken do not hold the same number of values."""
    places = (choice.time, choice.price, choice.symbol, choice.volume, choice.date)
    taken = [columns[place] for place in places if place is not None]
    if len({len(values) for _, values in taken}) > 1:
        counts = ", ".join(f"{name!r} {len(values)}" for name, values in taken)
        raise InputError(f"REPLAY_FILE: arrays do not hold the same number of values: {counts}")
