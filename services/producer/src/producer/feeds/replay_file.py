"""A file of recorded prices: CSV, JSON lines (both also in gzip) or Parquet.

Columns ``time``, ``symbol``, ``price`` and, where there is one, ``volume``. A time is a date or a
date and time in ISO 8601, of UTC where it names no zone.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from producer.errors import InputError
from producer.feeds.replay_rows import BadRow, Line, Row, read_rows
from producer.feeds.replay_text import Lines, csv_lines, json_lines

_BLOCK = 500


def _parquet(path: Path) -> Lines:
    # 60 MB of memory that no other feed and no other format needs.
    from producer.feeds import replay_parquet  # noqa: PLC0415

    return replay_parquet.lines(path)


_READERS: dict[str, Callable[[Path], Lines]] = {
    ".csv": csv_lines,
    ".csv.gz": csv_lines,
    ".jsonl": json_lines,
    ".jsonl.gz": json_lines,
    ".ndjson": json_lines,
    ".ndjson.gz": json_lines,
    ".parquet": _parquet,
}


def _blocks(lines: Lines) -> Iterator[list[Line]]:
    """Give lines by the hundred; what came before an error is given before it."""
    block: list[Line] = []
    try:
        for line in lines:
            block.append(line)
            if len(block) == _BLOCK:
                yield block
                block = []
    except OSError:
        if block:
            yield block
        raise
    if block:
        yield block


class RecordedPrices:
    """A file of recorded prices; raises `InputError` at once where it is of no use.

    With `symbols`, their rows only.
    """

    def __init__(self, path: Path, symbols: tuple[str, ...]) -> None:
        self.path = path
        self.symbols = symbols
        name = path.name.lower()
        readers = [reader for ending, reader in _READERS.items() if name.endswith(ending)]
        if not readers:
            kinds = ", ".join(_READERS)
            raise InputError(f"REPLAY_FILE: got {str(path)!r}, takes a file that ends in {kinds}")
        if not path.is_file():
            raise InputError(f"REPLAY_FILE: got {str(path)!r}, takes a file that is there")
        (self._reader,) = readers
        self._look()

    def rows(self) -> Iterator[Row | BadRow]:
        """Read from the start; raises `OSError` where the file cannot be read."""
        for lines in _blocks(self._reader(self.path)):
            rows = read_rows(lines)
            if self.symbols:
                rows = [it for it in rows if isinstance(it, BadRow) or it.symbol in self.symbols]
            yield from rows

    def digest(self) -> str:
        """Give a hash of what the file holds."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _look(self) -> None:
        first_bad = None
        try:
            for row in self.rows():
                if isinstance(row, Row):
                    return
                first_bad = first_bad or row
        except OSError as error:
            raise InputError(f"REPLAY_FILE: {self.path} cannot be read: {error}") from None
        what = f"; line {first_bad.line}: {first_bad.why}" if first_bad else ""
        raise InputError(f"REPLAY_FILE: {self.path} has no row that can be used{what}")
