"""Reads recorded prices from CSV and JSON lines, plain or in gzip, in bounded memory."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import IO

import msgspec

from producer.errors import InputError
from producer.feeds.replay_rows import COLUMNS, REQUIRED, Unreadable, Values

type Lines = Iterator[tuple[int, Values | Unreadable]]
"""Each row's values with the line it stands in, or what is wrong with the line."""

_LONGEST = 1024 * 1024
"""The longest line that is read, in bytes; what goes beyond it takes no more memory."""
_TOO_LONG = f"longer than {_LONGEST} bytes"


def csv_lines(path: Path) -> Lines:
    """Give the rows of a CSV file with a heading."""
    with _opened(path) as file:
        reader = csv.reader(text.decode(errors="replace") for text in _lines(file))
        heading = _heading(reader)
        require(heading, path)
        width, places = len(heading), [_place(heading, name) for name in COLUMNS]
        pick = itemgetter(*places)
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
                row = [*row, *[""] * (width - len(row))][:width]
            row.append("")  # what `_place` gives a column that is not there
            yield reader.line_num, pick(row)


def json_lines(path: Path) -> Lines:
    """Give the rows of a file with one JSON object a line."""
    decode = msgspec.json.Decoder().decode
    with _opened(path) as file:
        for line, text in enumerate(_lines(file), start=1):
            if not text.strip():
                continue
            try:
                values = decode(text)
            except (msgspec.DecodeError, RecursionError) as error:
                why = _TOO_LONG if len(text) >= _LONGEST else f"no JSON: {error}"
                yield line, Unreadable(why)
                continue
            if isinstance(values, dict):
                yield line, [values.get(name) for name in COLUMNS]
            else:
                yield line, Unreadable("no JSON object")


def require(columns: Iterable[str], path: Path) -> None:
    """Raise `InputError` where a column is missing."""
    missing = [name for name in REQUIRED if name not in set(columns)]
    if missing:
        raise InputError(f"REPLAY_FILE: {path} has no column {', '.join(missing)}")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked; what is wrong with its packing is an `OSError`."""
    try:
        with path.open("rb") as file:
            if path.suffix.lower() != ".gz":
                yield file
                return
            with io.BufferedReader(gzip.GzipFile(fileobj=file)) as unpacked:
                yield unpacked
    except (EOFError, zlib.error) as error:
        raise OSError(f"damaged gzip: {error}") from None


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Give the lines, each cut at the longest."""
    while line := file.readline(_LONGEST):
        yield line
        while len(line) == _LONGEST and not line.endswith(b"\n"):
            line = file.readline(_LONGEST)


def _heading(reader: Iterator[list[str]]) -> list[str]:
    heading = next(reader, [])
    while heading == []:
        try:
            heading = next(reader)
        except StopIteration:
            return []
    heading[0] = heading[0].removeprefix("\ufeff")
    return heading


def _place(heading: list[str], name: str) -> int:
    return heading.index(name) if name in heading else len(heading)
