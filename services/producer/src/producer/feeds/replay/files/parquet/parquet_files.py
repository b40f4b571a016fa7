"""Reads Parquet: a file, or a folder of files as Spark and others write it, in bounded memory."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from pyarrow import parquet

from contracts.settings import SettingError
from producer.feeds.replay.columns.block import Block
from producer.feeds.replay.columns.choosing import are_places, with_symbol
from producer.feeds.replay.columns.kinds import MOST_LOOKED_AT, Kind, kind_of
from producer.feeds.replay.columns.tickers import block_of, choices_in, described
from producer.feeds.replay.files.file import files_of
from producer.feeds.replay.files.parquet.values import naive_as_texts, shown, values
from producer.settings import Role

_SYMBOL = re.compile(r"[A-Z^][A-Z0-9\-=^_]{0,11}", re.ASCII)
"""What a file of one symbol may be called."""
_PERIOD = re.compile(r"[-_](?:19|20)\d\d(?:[-_]?[01]\d(?:[-_]?[0-3]\d)?)?$", re.ASCII)
"""The year, month or day that a file is of, behind what it is called."""
_NO_SHARE = re.compile(
    r"JAN|FEB|MAR|APR|MAY|JUNE?|JULY?|AUG|SEPT?|OCT|NOV|DEC|(?:BARS|BATCH|CHUNK|DATA|DAY|FILE|MONTH"
    r"|PART|PRICES|Q|QUOTES|TICKS|TRADES|WEEK)[-_]?\d*",
    re.ASCII,
)
"""What files are called that are parts of one recording."""
_ROWS = 4096
_BUFFER_BYTES = 256 * 1024


class ParquetFiles:
    """A Parquet file or a folder of them; raises `SettingError` where it is not what is taken.

    The names of folders such as ``symbol=AAPL`` are columns too. Names that begin with ``_`` or
    ``.`` are left out, and files without rows beside others that have some.
    """

    commas = False

    def __init__(self, path: Path, wanted: Mapping[Role, str], symbols: Sequence[str]) -> None:
        if are_places(wanted):
            raise SettingError("REPLAY_COLUMNS: got places, takes names such as time=t for Parquet")
        files = _files(path)
        files = [it for it in files if _has_rows(it)] or files
        self._parts = [_Part(path, file, wanted, symbols) for file in files]
        self.columns = self._parts[0].described()
        names = list(dict.fromkeys(chain.from_iterable(it.names for it in self._parts)))
        if kind := kind_of(names, lambda n: self._first(names[n])):
            for part in self._parts:
                part.take_kind(kind)

    def _first(self, name: str) -> Iterator[Any]:
        """Give a column's values in the first rows of each file."""
        return chain.from_iterable(it.first(name) for it in self._parts)

    def blocks(self) -> Iterator[Block]:
        """Read from the start; raises `OSError`."""
        row = 1
        for part in self._parts:
            for batch in part.batches():
                yield part.block(row, batch)
                row += len(batch)


class _Part:
    """One of the files, with its columns: its own and those of its folders' names."""

    def __init__(
        self, root: Path, path: Path, wanted: Mapping[Role, str], symbols: Sequence[str]
    ) -> None:
        self._path = path
        self._folders = _folders(root, path)
        share = _PERIOD.sub("", path.name.partition(".")[0])
        is_one = _SYMBOL.fullmatch(share) and not _NO_SHARE.fullmatch(share)
        self._named = {("file", share)} if is_one else set()
        try:
            with parquet.ParquetFile(path) as file:
                schema = file.schema_arrow
                own = schema.names
                first = next(file.iter_batches(batch_size=1), None)
        except (pa.ArrowException, OSError, ValueError) as error:
            other = "" if path == root else ", as all in a folder must be: takes others one by one"
            why = f"is no Parquet file{other}: {_line(error)}"
            raise SettingError(f"REPLAY_FILE: {path} {why}") from None
        self._folders = {name: it for name, it in self._folders.items() if name not in own}
        self.names = [*own, *self._folders]
        row = [shown(it) for it in first.columns] if first else [None] * len(own)
        first_row = [*row, *self._folders.values()]
        try:
            choices = choices_in(self.names, wanted, first_row, symbols)
            choice = choices[0]
            self._tickers = choices if choice.name is not None else ()
            symbol = choice.name or (symbols[0] if len(symbols) == 1 else None)
            self.choice = with_symbol(choice, self.names, symbol)
            _check_time(self.names[self.choice.time], schema)
        except SettingError as error:
            where = "" if path == root else f"; in {path.relative_to(root)}"
            raise type(error)(f"{error}{where}") from None

    def described(self) -> dict[str, str]:
        """Tell which columns were taken."""
        return described(self._tickers or (self.choice,), self.names)

    def first(self, name: str) -> list[Any]:
        """Give the first values of a column, as far as they can be read."""
        if name in self._folders:
            return [self._folders[name]]
        # What is damaged is told later; a name may be there twice.
        with (
            suppress(pa.ArrowException, OSError, ValueError, KeyError),
            parquet.ParquetFile(self._path, buffer_size=_BUFFER_BYTES) as file,
        ):
            for batch in file.iter_batches(MOST_LOOKED_AT, columns=[name]):
                return values(batch.column(name))
        return []

    def take_kind(self, kind: Kind) -> None:
        """Take only rows of a kind, where they have one."""
        if kind.name in self.names:
            place = self.names.index(kind.name)
            self.choice = self.choice._replace(kind=kind._replace(place=place))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Read what is needed; raises `OSError`."""
        choices = self._tickers or (self.choice,)
        needed = {self.names[place] for it in choices for place in it.places()}
        try:
            with parquet.ParquetFile(self._path, buffer_size=_BUFFER_BYTES) as file:
                own = [name for name in file.schema_arrow.names if name in needed]
                for group in range(file.num_row_groups):  # all at once they take 100 MB more
                    yield from file.iter_batches(_ROWS, [group], own, use_threads=False)
        except (pa.ArrowException, ValueError) as error:
            raise OSError(f"{self._path}: {_line(error)}") from None

    def block(self, row: int, batch: pa.RecordBatch) -> Block:
        """Give a batch whose first row has this number."""
        count = len(batch)

        def column(place: int) -> list[Any]:
            name = self.names[place]
            if name in self._folders:
                return [self._folders[name]] * count
            if place == self.choice.time and {self.choice.zone, self.choice.offset} != {None}:
                return naive_as_texts(batch.column(name))
            return values(batch.column(name))

        if self._tickers:
            return block_of(count, range(row, row + count), self._tickers, column)
        rows = self.choice.values(column, count)
        if self.choice.name is not None:
            rows = rows._replace(doubt=rows.doubt | self._named)
        return Block(count, range(row, row + count), rows)


def _files(path: Path) -> list[Path]:
    found = files_of(path)
    if not found:
        raise SettingError(f"REPLAY_FILE: {path} is a folder without files, takes one of Parquet")
    return found


def _has_rows(path: Path) -> bool:
    with suppress(pa.ArrowException, OSError, ValueError):  # what is no Parquet is told later
        return bool(parquet.read_metadata(path).num_rows)
    return True


def _folders(root: Path, path: Path) -> dict[str, str]:
    """Give the values that the folders' names hold."""
    named = (name.split("=", 1) for name in path.parent.parts[len(root.parts) :] if "=" in name)
    return {name: unquote(value) for name, value in named}


def _check_time(name: str, schema: pa.Schema) -> None:
    """Raise `SettingError` where times are numbers that cannot hold one to the second."""
    if name in schema.names and schema.field(name).type in {pa.float16(), pa.float32()}:
        raise SettingError(
            f"REPLAY_FILE: {name!r} has numbers of 32 bits or fewer, which hold times to two"
            " minutes at best; takes whole numbers or double"
        )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
