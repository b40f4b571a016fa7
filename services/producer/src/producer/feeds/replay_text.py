"""Reads recorded prices from CSV and JSON lines, plain or in gzip, in bounded memory."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from itertools import chain
from operator import itemgetter
from pathlib import Path

import msgspec

from producer.errors import InputError
from producer.feeds.replay_rows import COLUMNS, REQUIRED, Line, Unreadable, Values

type Lines = Iterator[Line]

_CHUNK = 64 * 1024
_LONGEST = 64 * 1024
"""The longest line that is read, in bytes; what goes beyond it takes no more memory."""
_TOO_LONG = f"longer than {_LONGEST} bytes"


def csv_lines(path: Path) -> Lines:
    """Give the rows of a CSV file with a heading."""
    with _opened(path) as file:
        texts = (chunk.decode(errors="replace").split("\n") for chunk in _chunks(file))
        reader = csv.reader(chain.from_iterable(texts))
        heading = _heading(reader, path)
        require(heading, path)
        width, pick = len(heading), _picker(heading)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield reader.line_num, Unreadable(f"no CSV: {error}")
                continue
            if len(row) != width:
                if not row:
                    continue
                if row == [_TOO_LONG]:
                    yield reader.line_num, Unreadable(_TOO_LONG)
                    continue
                row = [*row, *[""] * (width - len(row))][:width]
            row.append("")  # what stands behind the last
            yield reader.line_num, pick(row)


def json_lines(path: Path) -> Lines:
    """Give the rows of a file with one JSON object a line."""
    decode = msgspec.json.Decoder().decode
    with _opened(path) as file:
        texts = chain.from_iterable(chunk.split(b"\n") for chunk in _chunks(file))
        for line, text in enumerate(texts, start=1):
            if not text.strip():
                continue
            try:
                values = decode(text)
            except (msgspec.DecodeError, RecursionError) as error:
                too_long = text == _TOO_LONG.encode()
                yield line, Unreadable(_TOO_LONG if too_long else f"no JSON: {error}")
                continue
            if isinstance(values, dict):
                get = values.get
                yield line, (get("time"), get("symbol"), get("price"), get("volume"))
            else:
                yield line, Unreadable("no JSON object")


def require(columns: Iterable[str], path: Path) -> None:
    """Raise `InputError` where a column is missing."""
    missing = [name for name in REQUIRED if name not in set(columns)]
    if missing:
        raise InputError(f"REPLAY_FILE: {path} has no column {', '.join(missing)}")


@contextmanager
def _opened(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file, unpacked; what is wrong with its packing is an `OSError`."""
    try:
        with path.open("rb") as file:
            if path.suffix.lower() != ".gz":
                yield file
                return
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked
    except (EOFError, zlib.error) as error:
        raise OSError(f"damaged gzip: {error}") from None


def _chunks(file: BufferedIOBase) -> Iterator[bytes]:
    """Give whole lines, many at a time, but for the last line's end.

    In place of a line that is too long comes a line that says so.
    """
    rest = b""
    while data := file.read(_CHUNK):
        head, newline, tail = data.rpartition(b"\n")
        if not newline:
            rest = rest + data if len(rest) <= _LONGEST else rest
            continue
        if len(rest) > _LONGEST:
            yield _TOO_LONG.encode()
            _, newline, head = head.partition(b"\n")
            rest = b""
        if newline:
            yield rest + head
        rest = tail
    yield rest if len(rest) <= _LONGEST else _TOO_LONG.encode()


def _heading(reader: Iterator[list[str]], path: Path) -> list[str]:
    try:
        heading = next((row for row in reader if row), [""])
    except csv.Error as error:
        raise InputError(f"REPLAY_FILE: {path} has no heading: {error}") from None
    return [heading[0].removeprefix("\ufeff"), *heading[1:]]


def _picker(heading: list[str]) -> Callable[[list[str]], Values]:
    """Make what takes a row's values out; a column that is not there stands behind the last."""
    places = [heading.index(name) if name in heading else len(heading) for name in COLUMNS]
    return itemgetter(*places)
