"""Reads JSON lines: a row is the object of a line, or an object within that."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from producer.feeds.replay.columns.block import BadRow, Block
from producer.feeds.replay.columns.tickers import block_of
from producer.feeds.replay.files.file import File, must_be_readable
from producer.feeds.replay.files.json.names import says_symbol, says_zone, told
from producer.feeds.replay.files.json.objects import Members, first_of_each, kind
from producer.feeds.replay.files.lines import LONGEST, TOO_LONG, whole_lines
from producer.settings import Role

_decode = msgspec.json.Decoder().decode


class JsonLines:
    """A file of JSON lines; raises `SettingError` where its columns are not what is taken."""

    commas = False

    def __init__(self, file: File, wanted: Mapping[Role, str], symbols: Sequence[str]) -> None:
        self._file = file
        first = _first_objects(file)
        self._members = Members(first, wanted, symbols)
        above = self._members.above_rows(first)
        symbol = symbols[0] if len(symbols) == 1 else None
        self._members.take_symbol(symbol, told(says_symbol, above))
        self._members.take_zone(told(says_zone, above))
        self.columns = self._members.described()

    def blocks(self) -> Iterator[Block]:
        """Read from the start; raises `OSError`."""
        line = 1
        for text in whole_lines(self._file.texts()):
            read = text.count("\n") + 1
            yield self._block(line, read, text.split("\n"))
            line += read

    def _block(self, first: int, read: int, lines: list[str]) -> Block:
        numbers, objects, unreadable, blank = [], [], [], 0
        for number, line in enumerate(lines, first):
            if not line.strip():
                blank += 1
                continue
            values = _object(line)
            row = values if isinstance(values, str) else self._members.row(values)
            if isinstance(row, dict):
                objects.append(row)
                numbers.append(number)
            else:
                unreadable.append(BadRow(number, row))
        if tickers := self._members.tickers:
            column = self._members.column_of(objects)
            return block_of(read, numbers, tickers, column, unreadable=unreadable, blank=blank)
        rows = self._members.values(objects)
        self.columns = self._members.described()
        return Block(read, numbers, rows, unreadable, blank=blank)


def _object(line: str) -> dict[str, Any] | str:
    """Decode a line, or say what is wrong with it."""
    if len(line) > LONGEST:
        return TOO_LONG
    try:
        values = json.loads(line) if "NaN" in line else _decode(line)
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error}"
    return values if isinstance(values, dict) else "no JSON object"


def _first_objects(file: File) -> list[dict[str, Any]]:
    with must_be_readable(file.path):
        lines = (line for text in whole_lines(file.texts()) for line in text.split("\n"))
        decoded = map(_object, filter(str.strip, lines))
        return first_of_each((it for it in decoded if isinstance(it, dict)), kind)
