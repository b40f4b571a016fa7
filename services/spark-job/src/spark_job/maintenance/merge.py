"""Merges many files into one, with some 200,000 rows in memory at a time."""

from collections.abc import Iterator
from pathlib import PurePath

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from contracts.arrow import SCHEMA, distinct
from contracts.dataset import KEY
from contracts.files import temporary_of
from spark_job.maintenance.disk import Disk
from spark_job.maintenance.parts import Part, UnusableError, read_rows

_ROWS_AT_ONCE = 200_000


def merge(disk: Disk, parts: list[Part], target: PurePath) -> Iterator[None]:
    """Write the rows of all parts to `target`, each once, in steps; it appears with the last.

    It counts as written when the newest of its parts was. Rows are sorted by `KEY` within a span of
    time, which holds some 200,000 where they are spread evenly. Raises `UnusableError`
    for a damaged part and `OSError`; nothing is left then.
    """
    temporary = temporary_of(target)
    written_ns = max(part.file.written_ns for part in parts)
    try:
        with disk.created(temporary) as there, parquet.ParquetWriter(there, SCHEMA) as writer:
            for begin_us, end_us in spans(parts):
                if rows := read_span(disk, parts, begin_us, end_us):
                    writer.write_table(rows)
                yield
        yield
        disk.put_in_place(temporary, target, written_ns)
    except (OSError, UnusableError):
        disk.remove(temporary)
        raise


def spans(parts: list[Part]) -> Iterator[tuple[int, int]]:
    """Cut what parts hold into spans of time of some 200,000 rows, in microseconds since 1970."""
    first_us = min(part.first_us for part in parts)
    end_us = max(part.last_us for part in parts) + 1
    count = -(-sum(part.rows for part in parts) // _ROWS_AT_ONCE)
    step_us = -(-(end_us - first_us) // count)
    for begin_us in range(first_us, end_us, step_us):
        yield begin_us, min(begin_us + step_us, end_us)


def read_span(disk: Disk, parts: list[Part], begin_us: int, end_us: int) -> pa.Table:
    """Read the rows whose windows start in a span, each once, sorted by `KEY`.

    Raises `UnusableError` for a damaged part and `OSError`.
    """
    begin, end = (pa.scalar(it, SCHEMA.field("window_start").type) for it in (begin_us, end_us))
    start = pc.field("window_start")
    within = [part for part in parts if part.first_us < end_us and part.last_us >= begin_us]
    tables = [read_rows(disk, it.file, (start >= begin) & (start < end)) for it in within]
    rows = distinct(pa.concat_tables([SCHEMA.empty_table(), *tables]))
    return rows.sort_by([(name, "ascending") for name in KEY])
