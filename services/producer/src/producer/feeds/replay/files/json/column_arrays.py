"""Finds the columns of a JSON document that holds them as arrays, or as pandas writes frames."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from contracts.settings import SettingError
from producer.feeds.replay.checks import conditions
from producer.feeds.replay.columns.choice import Choice
from producer.feeds.replay.columns.kinds import kind_of
from producer.feeds.replay.columns.names import NoColumnsError, normalised
from producer.feeds.replay.columns.tickers import TIMES, choices_in
from producer.feeds.replay.files.json.names import is_time, nearer, says_symbol, says_zone, told
from producer.settings import Role

_INDEX = "time"
"""What an index is called that has no name, and holds times."""

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


class Search(NamedTuple):
    """What is looked for: columns as `wanted`, or the closes of `symbols`.

    `missing` gathers what columns lack that have a time among them.
    """

    wanted: Mapping[Role, str]
    symbols: Sequence[str]
    missing: list[NoColumnsError]


def found_in(
    node: Any,
    search: Search,
    document: Any,
    around: tuple[str | None, str] = (None, ""),
) -> list[Found]:
    """Find columns in the innermost objects at or below which there are some for time and price.

    `around` are the innermost names above that are a symbol and an interval. Raises `SettingError`
    where a name is there twice, or columns do not hold the same number of values.
    """
    if not isinstance(node, dict | list):
        return []
    inner = node.items() if isinstance(node, dict) else (("", it) for it in node)
    deeper = [
        found
        for name, it in inner
        for found in found_in(it, search, document, nearer(*around, name))
    ]
    if deeper or isinstance(node, list):
        return deeper
    series = _series(node) if node is document else []
    for columns in (series, list(_arrays(node)), _by_index(node), _by_rows(node)):
        names = [name for name, _ in columns]
        arrays = [values for _, values in columns]
        first = [values[0] for values in arrays]
        try:
            choices = choices_in(names, search.wanted, first, search.symbols)
        except NoColumnsError as error:
            if any(normalised(it) in {_INDEX, *TIMES} for it in names):
                search.missing.append(error)
            continue
        for it in choices:
            _check(it, columns)
        zone = told(says_zone, node) or told(says_zone, document)
        choice = choices[0]
        if choice.name is not None:
            return [Found(names, arrays, choice, choice.name, zone, "", choices)]
        choice = choice._replace(kind=kind_of(names, arrays.__getitem__))
        symbol = around[0] or told(says_symbol, node) or told(says_symbol, document)
        return [Found(names, arrays, choice, symbol, zone, around[1])]
    return []


def _arrays(node: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Give the arrays of values at and below an object; below an array if that is of one object."""
    for name, it in node.items():
        only = it[0] if isinstance(it, list) and len(it) == 1 else it
        if isinstance(only, dict):
            yield from _arrays(only)
        elif isinstance(it, list) and it and (_is_plain(it[0]) or name in conditions.LATE):
            yield name, it


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict | list)


def _series(node: dict[str, Any]) -> _Columns:
    """Give the columns of a document that has values under times: pandas' form of a series."""
    are_values = all(isinstance(it, int | float | None) for it in node.values())
    if not node or not are_values or not all(map(is_time, node)):
        return []
    return [(_INDEX, list(node)), ("price", list(node.values()))]


def _by_index(node: dict[str, Any]) -> _Columns:
    """Give columns whose values stand under the same names each: pandas' default form."""
    inner = [it for it in node.values() if isinstance(it, dict)]
    keys = list(inner[0]) if inner and len(inner) == len(node) else []
    if not keys or any(list(it) != keys for it in inner):
        return []
    columns = [(name, list(it.values())) for name, it in node.items()]
    return [(_INDEX, keys), *columns] if is_time(keys[0]) else columns


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
        return [(_INDEX, index), *columns]
    return columns


def _check(choice: Choice, columns: _Columns) -> None:
    """Raise `SettingError` where columns that are taken do not hold the same number of values."""
    places = (choice.time, choice.price, choice.symbol, choice.volume, choice.date)
    taken = [columns[place] for place in places if place is not None]
    if len({len(values) for _, values in taken}) > 1:
        counts = ", ".join(f"{name!r} {len(values)}" for name, values in taken)
        raise SettingError(f"REPLAY_FILE: arrays do not hold the same number of values: {counts}")
