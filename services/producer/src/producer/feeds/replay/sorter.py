"""Sorts rows by time on the disk, in bounded memory."""

import asyncio
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from producer.feeds.replay.checks.repeats import LONGEST
from producer.feeds.replay.files.csv.delimited import Delimited
from producer.feeds.replay.files.file import File
from producer.feeds.replay.rows import RowReader
from producer.feeds.replay.values.amounts import AmountReader, is_nothing
from producer.feeds.replay.values.row import Row
from producer.feeds.replay.values.symbols import SymbolReader
from producer.feeds.replay.values.times import TimeReader

_MEMORY = "48MB"
_SORT = """
COPY (
    SELECT time, symbol, price, volume{numbers}
    FROM read_csv(
        '{unsorted}', header = false, auto_detect = false, quote = '', escape = '',
        buffer_size = 1000000,
        columns = {{'place': 'BIGINT', 'time': 'VARCHAR', 'symbol': 'VARCHAR', 'price': 'VARCHAR',
                    'volume': 'VARCHAR', 'trade_id': 'VARCHAR'}}
    )
    ORDER BY time::TIMESTAMPTZ, place
) TO '{sorted}' (FORMAT csv, HEADER true, QUOTE '', ESCAPE '')
"""


class Sorter:
    """Brings rows into order of time, those of one time in the order in which they came.

    They lie in `folder` meanwhile, which is its own, and which takes twice the room of the rows.
    Errors are `OSError`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unsorted = folder / "unsorted.csv"
        self._sorted = folder / "sorted.csv"
        self._count = 0
        self._numbered = False

    def begin(self) -> None:
        """Make the folder, empty."""
        self.end()
        self._count = 0
        self._numbered = False
        self._folder.mkdir(parents=True)

    def add(self, rows: Sequence[Row]) -> None:
        """Take more rows."""
        lines = [
            f"{place},{row.time.isoformat(timespec='microseconds')},{row.symbol},{row.price!r},"
            f"{'' if row.volume is None else repr(row.volume)},{_without_marks(row.number)}\n"
            for place, row in enumerate(rows, self._count)
        ]
        self._count += len(rows)
        self._numbered = self._numbered or any(row.number is not None for row in rows)
        with self._unsorted.open("a", encoding="utf-8") as file:
            file.writelines(lines)

    async def sort(self) -> None:
        """Sort what was added, in a thread of its own; ends early where it is cancelled."""
        # 35 MB of memory that only files out of order need.
        import duckdb  # noqa: PLC0415

        limits: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "threads": 1,
            "temp_directory": str(self._folder),
        }
        numbers = ", trade_id" if self._numbered else ""
        statement = _SORT.format(unsorted=self._unsorted, sorted=self._sorted, numbers=numbers)
        with duckdb.connect(config=limits) as connection:
            sorting = asyncio.create_task(asyncio.to_thread(connection.execute, statement))
            try:
                await asyncio.shield(sorting)
            except asyncio.CancelledError:
                connection.interrupt()
                await asyncio.wait([sorting])
                raise
            except duckdb.Error as error:
                raise OSError(str(error).partition("\n")[0]) from None
        self._unsorted.unlink()

    def rows(self) -> Iterator[list[Row]]:
        """Give the rows in order, from the first; raises `OSError` where one is missing."""
        table = Delimited(File(self._sorted, "", "CSV", "utf-8"), {})
        times = TimeReader(datetime.max.replace(tzinfo=UTC))
        reader = RowReader(times, AmountReader(), SymbolReader(), once=False)
        count = 0
        for block in table.blocks():
            rows = reader.read(block).rows
            count += len(rows)
            yield rows
        if count != self._count:
            raise OSError(f"{count} of {self._count} rows came back from sorting")

    def end(self) -> None:
        """Take everything away."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _without_marks(number: str | None) -> str:
    """Write a number of any form so that it can stand in a line of CSV without quotes.

    One that this makes too long is told by its hash: two may differ at their ends only.
    """
    if number is None or is_nothing(number):
        return ""
    text = quote(number, safe="", errors="backslashreplace")
    return text if len(text) <= LONGEST else hashlib.sha256(text.encode()).hexdigest()[:LONGEST]
