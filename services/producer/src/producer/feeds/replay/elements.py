"""Walks through JSON documents: what stands in their arrays, and which symbols stand around it.

What stands in an object under a time is as good as in an array.
"""

import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import ijson

from contracts.symbols import SYMBOL_PATTERN
from producer.feeds.replay import zones
from producer.feeds.replay.column_names import NAMES, SYMBOLS_AROUND, normalised
from producer.feeds.replay.files import File
from producer.feeds.replay.series import is_interval, may_be_interval

_SYMBOL = re.compile(SYMBOL_PATTERN)
_SYMBOL_OF_S = re.compile(r"[A-Z][A-Z0-9.:/_-]*", re.ASCII)
_NO_SYMBOLS = {"OK", "NO_DATA", "ERROR", "BUY", "SELL", "B", "S"}
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d|(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d|[1-9]\d{9,12}|[1-9]\d{18})$",
    re.ASCII,
)
"""How names begin that are a time of what stands under them; days and numbers are all of it."""
_MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)
_PART = re.compile(
    r"(?:19|20)\d\d(?:Q[1-4])?|BARS|CANDLES|DATA|HISTORY|ITEMS|OHLCV?|PRICES|QUOTES|RESULTS?|ROWS"
    r"|SERIES|TRADES|VALUES",
    re.ASCII,
)
"""Names within a symbol that are none, though they could be: years, and what its rows are."""
_CHANNELS = frozenset({"channel", "topic", "table", "ch"})
"""How OKX and Kraken, Bybit, BitMEX and HTX name it, as names are compared."""
_SEVERAL = 2
_NAN = re.compile(r"(?<=[:\[,\s])NaN(?=\s*[,}\]])")


class Element(NamedTuple):
    """What stands in an array, or under a time.

    `document` numbers the documents of the file from 0; `name` is the innermost name around the
    array that is a symbol. `array` is the array's own name, if nothing else says what a value is:
    it has no names, and the array's is no symbol and no time. `place` are the other names around
    it, but for times. `zone` is what the document called the zone of its times before it.
    `interval` is that of its bars, if a name within its symbol's is one.
    """

    document: int
    name: str | None
    array: str | None
    place: str
    zone: str | None
    channel: str | None
    interval: str
    value: Any


class _Around:
    """What a document says of its rows: symbols, of several enough to see that, zone, channel."""

    def __init__(self) -> None:
        self.symbols: set[str] = set()
        self.zone: str | None = None
        self._zone_depth = 0
        self.channel: str | None = None

    def note(self, name: str, value: Any, depth: int) -> None:
        """Take a value that stands there by a name, within so many objects and arrays."""
        if not isinstance(value, str):
            return
        name = normalised(name)
        if says_symbol(name, value) and len(self.symbols) < _SEVERAL:
            self.symbols.add(value.strip())
        if name in zones.NAMES:
            self.zone, self._zone_depth = value, depth
        if name in _CHANNELS:
            self.channel = value

    def leave(self, depth: int) -> None:
        """Forget the zone behind what holds the object that named it: it is of its rows only."""
        if depth < self._zone_depth - 1:
            self.zone = None


def elements(
    file: File, symbols: list[str] | None = None, *, within: bool = False
) -> Iterator[Element]:
    """Give what stands in the documents' arrays, and under times; raises `OSError`.

    `within` gives what stands in the arrays within those: of an array of documents it is that of
    each. `symbols` are filled with that of each document: empty where it names none; of several so
    many are given together that it is seen to be no symbol.
    """
    events = _without_outer_arrays(_events(file)) if within else _events(file)
    arrays: list[bool] = []
    names: list[str] = [""]
    under_times: list[dict[str, Any] | None] = [None]
    document, around = 0, _Around()
    for event, value in events:
        if arrays and arrays[-1] and event != "end_array":
            yield _element(document, names, around, _built(event, value, events))
        elif event == "map_key":
            names[-1] = value
        elif event.startswith("start"):
            arrays.append(event == "start_array")
            under_times[-1] = None  # it holds more than values
            under_times.append({} if is_time(names[-1]) else None)
            names.append(names[-1])
        elif event.startswith("end"):
            arrays.pop()
            names.pop()
            if row := under_times.pop():
                yield _element(document, names, around, _with_time(names[-1], row))
            around.leave(len(names))
        else:
            if (row := under_times[-1]) is not None:
                row[names[-1]] = value
            around.note(names[-1], value, len(names))
        if not arrays:
            if symbols is not None:
                symbols.append(sys.intern(", ".join(sorted(around.symbols))))
            document, around = document + 1, _Around()


def _events(file: File) -> Iterator[tuple[str, Any]]:
    """Give what a file holds, but for what pandas' ``orient="table"`` says of its columns."""
    try:
        events = ijson.basic_parse(
            _Bytes(_without_nan(file.texts())), multiple_values=True, use_float=True
        )
        for event, value in events:
            if event == "map_key" and value == "schema":
                start = next(events)
                _built(start[0], start[1], events)
            else:
                yield event, value
    except ijson.JSONError as error:
        raise OSError(f"no JSON: {' '.join(str(error).split())}") from None


def _with_time(time: str, row: dict[str, Any]) -> dict[str, Any]:
    """Give what stands under a time with that time, unless it has its own."""
    return row if _tells_time(tuple(row)) else {"time": time} | row


@lru_cache(maxsize=1024)
def _tells_time(names: tuple[str, ...]) -> bool:
    """Tell whether one of these names is usual for a time."""
    return any(normalised(it) in NAMES["time"] for it in names)


def _without_outer_arrays(events: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Leave out where outermost arrays begin and end: what they hold stands side by side."""
    depth = 0
    for event, value in events:
        depth += event == "start_array"
        if depth != 1 or event not in {"start_array", "end_array"}:
            yield event, value
        depth -= event == "end_array"


def _built(event: str, value: Any, events: Iterator[tuple[str, Any]]) -> Any:
    """Build the value that begins with an event."""
    builder, depth = ijson.ObjectBuilder(), 0
    while True:
        builder.event(event, value)
        depth += event.startswith("start") - event.startswith("end")
        if not depth:
            return builder.value
        event, value = next(events)


def _element(document: int, names: list[str], around: _Around, value: Any) -> Element:
    unnamed = isinstance(value, list)
    if unnamed:
        value = {str(n): it for n, it in enumerate(value, 1)}
    symbol, array, place, interval = _stands(tuple(names), unnamed=unnamed)
    return Element(document, symbol, array, place, around.zone, around.channel, interval, value)


@lru_cache(maxsize=1024)
def _stands(names: tuple[str, ...], *, unnamed: bool) -> tuple[str | None, str | None, str, str]:
    """Tell what the names around a value say: its symbol, array, place, interval."""
    symbol: str | None = None
    interval = ""
    for name in names:
        symbol, interval = nearer(symbol, interval, name)
    says_more = symbol == names[-1] or is_time(names[-1])
    array = names[-1] if unnamed and not says_more else None
    others = dict.fromkeys(it for it in names if it not in {"", array} and not is_time(it))
    return symbol, array, ".".join(others), interval


def says_symbol(name: str, value: str) -> bool:
    """Tell whether what stands by such a name, as names are compared, is a symbol.

    By an ``s`` it may be, and may be the state of an answer, ``ok``, or a side.
    """
    return name in SYMBOLS_AROUND or (
        name == "s" and value not in _NO_SYMBOLS and bool(_SYMBOL_OF_S.fullmatch(value))
    )


def is_time(name: str) -> bool:
    """Tell whether a name is a time of what stands under it."""
    return bool(_TIME.match(name))


@lru_cache(maxsize=1024)
def is_symbol(name: str) -> bool:
    """Tell whether a name is a symbol, and no time, month or interval."""
    other = is_time(name) or is_interval(name) or _MONTH.fullmatch(name)
    return bool(_SYMBOL.match(name)) and not other


def nearer(symbol: str | None, interval: str, name: str) -> tuple[str | None, str]:
    """Give symbol and interval of what stands under a name, from those that stand around it."""
    if symbol and may_be_interval(name):
        return symbol, name
    is_other = is_symbol(name) and not (symbol and _PART.fullmatch(name))
    return (name, "") if is_other else (symbol, interval)


def _without_nan(texts: Iterator[str]) -> Iterator[str]:
    """Write null for NaN, which is no JSON, but which Python and others write."""
    rest = ""
    for piece in texts:
        text = rest + piece
        end = max(map(text.rfind, ",}]")) + 1 or len(text)  # no NaN is cut in two there
        rest, text = text[end:], text[:end]
        yield _NAN.sub("null", text) if "NaN" in text else text
    yield rest


class _Bytes:
    """Text to be read as the bytes of UTF-8."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts

    def read(self, size: int) -> bytes:
        """Give some more; nothing at the end, or where nothing is asked for."""
        return next((it.encode() for it in self._texts if it), b"") if size else b""
