"""Keeps the rows of small files: whoever asks again and again sends no request for each again."""

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock

import pyarrow as pa

from contracts.arrow import SCHEMA
from contracts.reader import DatasetError, Source, Wanted
from gateway.history.files import File
from gateway.history.parallel import in_parallel

_SMALL_BYTES = 1024 * 1024
_SMALL_AT_A_TIME = 100
_AT_A_TIME_BYTES = 1024 * 1024
"""So much of small files is read at a time: as tables they take several times as much."""
_MOST_BYTES = 24 * 1024 * 1024
_OF_A_TABLE_BYTES = 8 * 1024
"""What a table takes beside its rows."""


class FileCache:
    """Reads files, and keeps the small ones that were asked for last, within a bound.

    Safe to use from several threads. Its calls raise `FileNotFoundError` where a file is gone, and
    `contracts.reader.DatasetError`; of a damaged file nothing is read.
    """

    def __init__(self, source: Source, most_bytes: int = _MOST_BYTES) -> None:
        self._source = source
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._room = Lock()  # for one large file at once: each takes its size, and more
        self._tables: OrderedDict[File, pa.Table] = OrderedDict()
        self._bytes = 0

    def read(self, files: Sequence[File], wanted: Wanted) -> pa.Table:
        """Read what is wanted of files, in no order."""
        small = [it for it in files if it.fingerprint.size <= _SMALL_BYTES]
        large = [it for it in files if it.fingerprint.size > _SMALL_BYTES]
        kept = (
            pa.concat_tables(self._small(some)).filter(wanted.expression)
            for some in _at_a_time(small)
        )
        tables = [SCHEMA.empty_table(), *kept]
        for file in large:
            with self._room:
                tables.append(self._read(file, wanted))
        return pa.concat_tables(tables)

    def _small(self, files: Sequence[File]) -> list[pa.Table]:
        with self._lock:
            had = [self._tables.get(it) for it in files]
            new = [it for it, table in zip(files, had, strict=True) if table is None]
        read = in_parallel(self._read, new)
        with self._lock:
            for file in files:
                if file in self._tables:
                    self._tables.move_to_end(file)
            for file, table in zip(new, read, strict=True):
                if file not in self._tables:  # else another thread has kept it meanwhile
                    self._tables[file] = table
                    self._bytes += _size_of(table)
            while self._bytes > self._most_bytes:
                self._bytes -= _size_of(self._tables.popitem(last=False)[1])
        return [it for it in had if it is not None] + read

    def _read(self, file: File, wanted: Wanted | None = None) -> pa.Table:
        try:
            return self._source.read(file.day, file.name, SCHEMA, wanted)
        except FileNotFoundError:
            raise
        except OSError as error:
            if error.errno:  # of the system, not of what the file holds: it may pass
                raise DatasetError(f"{file.name}: {os.strerror(error.errno)}") from error
            return SCHEMA.empty_table()
        except pa.ArrowException:
            return SCHEMA.empty_table()


def _at_a_time(files: Sequence[File]) -> Iterator[list[File]]:
    some: list[File] = []
    size = 0
    for file in files:
        size += file.fingerprint.size
        if some and (size > _AT_A_TIME_BYTES or len(some) == _SMALL_AT_A_TIME):
            yield some
            some, size = [], file.fingerprint.size
        some.append(file)
    if some:
        yield some


def _size_of(table: pa.Table) -> int:
    return int(table.nbytes) + _OF_A_TABLE_BYTES
