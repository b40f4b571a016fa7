"""Reads JSON documents: arrays of objects, and what Alpaca and others put around some."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import ijson

from contracts.symbols import SYMBOL_PATTERN
from producer.errors import InputError
from producer.feeds.replay.block import BadRow, Block
from producer.feeds.replay.columns import NAMES, normalised, with_symbol
from producer.feeds.replay.files import File
from producer.feeds.replay.json_lines import chosen, columns_of
from producer.feeds.replay.lines import LONGEST, whole_lines
from producer.settings import Role

_AT_ONCE = 500
_FIRST_ROWS = 100
_SYMBOL = re.compile(SYMBOL_PATTERN)

type Element = tuple[str | None, Any]
"""What stands in an array, and the array's name, if that is a symbol."""


def is_document(file: File) -> bool:
    """Tell by its first line a document from JSON lines; raises `InputError`."""
    try:
        text = next(filter(str.strip, whole_lines(file.texts())), "")
    except OSError as error:
        raise InputError(f"REPLAY_FILE: {file.path} cannot be read: {error}") from None
    first = text.strip().partition("\n")[0].strip()
    return len(first) > LONGEST or first.startswith("[") or first.endswith(("[", "{", ","))


class Document:
    """JSON documents whose arrays hold the rows; raises `InputError` as `JsonLines`.

    A row is an object, or an array whose values are named by their places. One without a symbol has
    the name of the array that it stands in, if that is a symbol (``{"bars": {"AAPL": [...]}}``), or
    the document's (``{"symbol": "AAPL", "bars": [...]}``).
    """

    commas = False

    def __init__(self, file: File, wanted: Mapping[Role, str], symbol: str | None) -> None:
        self._file = file
        try:
            first = list(islice(elements(file), _FIRST_ROWS))
            self._names, choice = chosen([it for _, it in first if isinstance(it, dict)], wanted)
            self._by_array = choice.symbol is None and any(name for name, _ in first)
            if choice.symbol is None:
                symbol = "its array's" if self._by_array else _document_symbol(file) or symbol
        except OSError as error:
            raise InputError(f"REPLAY_FILE: {file.path} cannot be read: {error}") from None
        self._choice = with_symbol(choice, self._names, symbol)
        self.columns = self._choice.described(self._names)

    def blocks(self) -> Iterator[Block]:
        """Read from the start; raises `OSError`."""
        some: list[Element] = []
        row = 1
        try:
            for element in elements(self._file):
                some.append(element)
                if len(some) == _AT_ONCE:
                    yield self._block(row, some)
                    row, some = row + len(some), []
        except OSError:
            yield self._block(row, some)
            raise
        yield self._block(row, some)

    def _block(self, first: int, some: list[Element]) -> Block:
        numbered = list(enumerate(some, first))
        good = [(n, name, it) for n, (name, it) in numbered if isinstance(it, dict)]
        bad = [BadRow(n, "no JSON object") for n, (_, it) in numbered if not isinstance(it, dict)]
        objects = [it for *_, it in good]
        times, symbols, prices, volumes = columns_of(objects, self._names, self._choice)
        if self._by_array:
            symbols = [name for _, name, _ in good]
        numbers = [n for n, *_ in good]
        return Block(len(some), numbers, times, symbols, prices, volumes, bad)


def elements(file: File, scalars: dict[str, Any] | None = None) -> Iterator[Element]:
    """Give what stands in the document's arrays; raises `OSError`.

    `scalars` are filled with what stands in the document itself.
    """
    events = _events(file)
    arrays: list[bool] = []
    names: list[str] = [""]
    for event, value in events:
        if arrays and arrays[-1] and event != "end_array":
            name = names[-1] if _SYMBOL.match(names[-1]) else None
            yield name, _by_place(_built(event, value, events))
        elif event == "map_key":
            names[-1] = value
        elif event.startswith("start"):
            arrays.append(event == "start_array")
            names.append(names[-1])
        elif event.startswith("end"):
            arrays.pop()
            names.pop()
        elif scalars is not None and len(arrays) == 1:
            scalars[names[-1]] = value


def _events(file: File) -> Iterator[tuple[str, Any]]:
    try:
        yield from ijson.basic_parse(_Bytes(file.texts()), multiple_values=True, use_float=True)
    except ijson.JSONError as error:
        raise OSError(f"no JSON: {' '.join(str(error).split())}") from None


def _built(event: str, value: Any, events: Iterator[tuple[str, Any]]) -> Any:
    """Build the value that begins with an event."""
    builder, depth = ijson.ObjectBuilder(), 0
    while True:
        builder.event(event, value)
        depth += event.startswith("start") - event.startswith("end")
        if not depth:
            return builder.value
        event, value = next(events)


def _by_place(value: Any) -> Any:
    """Name an array's values by their places, from 1."""
    return {str(n): it for n, it in enumerate(value, 1)} if isinstance(value, list) else value


def _document_symbol(file: File) -> str | None:
    """Find the symbol that stands in a document beside its rows, before or behind them."""
    scalars: dict[str, Any] = {}
    for _ in elements(file, scalars):
        pass
    found = (it for name, it in scalars.items() if normalised(name) in NAMES["symbol"])
    return next((it for it in found if isinstance(it, str)), None)


class _Bytes:
    """Text to be read as the bytes of UTF-8."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts

    def read(self, size: int) -> bytes:
        """Give some more; nothing at the end, or where nothing is asked for."""
        return next((it.encode() for it in self._texts if it), b"") if size else b""
