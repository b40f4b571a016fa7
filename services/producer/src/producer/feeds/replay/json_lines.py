"""Reads JSON lines: one object a line."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec

from producer.errors import InputError
from producer.feeds.replay.block import BadRow, Block
from producer.feeds.replay.columns import Choice, Values, choose, with_symbol
from producer.feeds.replay.files import File, must_be_readable
from producer.feeds.replay.lines import LONGEST, TOO_LONG, whole_lines
from producer.settings import Role

_decode = msgspec.json.Decoder().decode
_FIRST_ROWS = 100


class JsonLines:
    """A file of JSON lines; raises `InputError` where its columns are not what is taken."""

    commas = False

    def __init__(self, file: File, wanted: Mapping[Role, str], symbol: str | None) -> None:
        self._file = file
        self._wanted = wanted
        self._names, choice = chosen(_first_objects(file), wanted)
        self._choice = with_symbol(choice, self._names, symbol)
        self.columns = self._choice.described(self._names)

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
            if isinstance(values, dict):
                objects.append(values)
                numbers.append(number)
            else:
                unreadable.append(BadRow(number, values))
        self._names, self._choice = with_later_volume(
            objects, self._names, self._choice, self._wanted
        )
        self.columns = self._choice.described(self._names)
        columns = columns_of(objects, self._names, self._choice)
        return Block(read, numbers, *columns, unreadable=unreadable, blank=blank)


def chosen(objects: list[dict[str, Any]], wanted: Mapping[Role, str]) -> tuple[list[str], Choice]:
    """Choose the columns by the names of the first objects; raises `InputError`."""
    names = list(dict.fromkeys(name for values in objects for name in values))
    row = [next((it[name] for it in objects if name in it), None) for name in names]
    return names, choose(names, wanted, row)


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
    try:
        return names, choice._replace(volume=choose(names, wanted, []).volume)
    except InputError:  # one of the later names is there in two spellings
        return names, choice


def columns_of(objects: list[dict[str, Any]], names: list[str], choice: Choice) -> Values:
    """Give the values of objects by column."""

    def column(place: int) -> list[Any]:
        name = names[place]
        try:
            return list(map(itemgetter(name), objects))
        except KeyError:
            return [it.get(name) for it in objects]

    return choice.values(column, len(objects))


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
    objects: list[dict[str, Any]] = []
    with must_be_readable(file.path):
        for text in whole_lines(file.texts()):
            decoded = map(_object, filter(str.strip, text.split("\n")))
            objects += [it for it in decoded if isinstance(it, dict)]
            if len(objects) >= _FIRST_ROWS:
                break
    return objects[:_FIRST_ROWS]
