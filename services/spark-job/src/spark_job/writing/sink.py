"""Writes aggregates: one Parquet file a batch and date, whole or not at all."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet
from pyspark.sql import DataFrame

from contracts.arrow import SCHEMA, conform
from contracts.dataset import KEY, PARTITION_COLUMN
from contracts.files import sync_folder, write_whole
from spark_job.session import ARROW_ROWS, BLOCKS_OF_A_BATCH

_ROWS_OF_A_BATCH = 10_000
_NO_ROWS = SCHEMA.empty_table()

type Written = Callable[[int, int], None]
"""Is told how many rows and files a batch gave."""

type Send = Callable[[pa.Table], None]
"""Is given the rows, with the dataset's columns."""


class AggregateSink:
    """The function for ``foreachBatch``: gives each batch one file per ``window_date``.

    `query_id` names the query across restarts: with the batch's number it names the file, so that a
    repeated batch replaces its own. It is asked for with the first batch, when the query has one.
    Windows that end at or before `final_until` are there already. `send` gets what a batch has
    written, once its files are in place; the batch is not over before it returns.
    """

    def __init__(
        self,
        directory: Path,
        query_id: Callable[[], str],
        written: Written,
        final_until: datetime | None = None,
        send: Send | None = None,
    ) -> None:
        self._directory = directory
        self._query_id = query_id
        self._written = written
        self._final_until = final_until
        self._send = send

    def __call__(self, frame: DataFrame, batch_id: int) -> None:
        """Write one batch. The one action on `frame`: a second would count the refused twice."""
        table = still_to_write(collect(frame), self._final_until)
        if not table.num_rows:
            return
        files = write_batch(table, self._directory, file_name(self._query_id(), batch_id))
        self._written(table.num_rows, len(files))
        if self._send is not None:
            self._send(conform(table))


def file_name(query_id: str, batch_id: int) -> str:
    """Name a batch's file, so that names sort as the batches came."""
    return f"{query_id}-{batch_id:010d}.parquet"


def collect(frame: DataFrame) -> pa.Table:
    """Bring the aggregates and ``window_date`` to the driver, without an object for each value.

    Spark makes Arrow batches of as many rows for all purposes, and a row of the source is a block.
    """
    conf = frame.sparkSession.conf
    conf.set(ARROW_ROWS, _ROWS_OF_A_BATCH)
    try:
        batches = frame._collect_as_arrow()  # noqa: SLF001 - Spark 3.5 has no public name for it
    finally:
        conf.set(ARROW_ROWS, BLOCKS_OF_A_BATCH)
    return pa.Table.from_batches(batches) if batches else _NO_ROWS


def still_to_write(table: pa.Table, final_until: datetime | None) -> pa.Table:
    """Leave out the windows that end at or before a time."""
    if final_until is None:
        return table
    return table.filter(pc.greater(table["window_end"], pa.scalar(final_until)))


def write_batch(table: pa.Table, directory: Path, name: str) -> list[Path]:
    """Write rows (the aggregates' columns and ``window_date``) below `directory`; gives the files.

    A file that is there already is replaced. Raises `OSError` where it cannot be written.
    """
    dates = table[PARTITION_COLUMN]
    files = []
    for date in sorted(pc.unique(dates).to_pylist()):
        rows = conform(table.filter(pc.equal(dates, date)))
        rows = rows.sort_by([(column, "ascending") for column in KEY])
        files.append(_write(rows, directory / f"{PARTITION_COLUMN}={date}" / name))
    return files


def _write(table: pa.Table, path: Path) -> Path:
    content = pa.BufferOutputStream()
    parquet.write_table(table.replace_schema_metadata(None), content)
    try:
        write_whole(path, content.getvalue(), synced=True)
    except FileNotFoundError:  # no folder yet, or it was empty and has just been removed
        path.parent.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent.parent)
        write_whole(path, content.getvalue(), synced=True)
    return path
