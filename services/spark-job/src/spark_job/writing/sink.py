"""Writes aggregates: one Parquet file a batch and date, whole or not at all."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet
from pyspark.sql import DataFrame

from contracts.arrow import SCHEMA
from contracts.dataset import KEY, PARTITION_COLUMN
from contracts.files import sync_folder, write_whole

type Written = Callable[[int, int], None]
"""Is told how many rows and files a batch gave."""


class AggregateSink:
    """The function for ``foreachBatch``: gives each batch one file per ``window_date``.

    `query_id` names the query across restarts: with the batch's number it names the file, so that a
    repeated batch replaces its own. It is asked for with the first batch, when the query has one.
    """

    def __init__(self, directory: Path, query_id: Callable[[], str], written: Written) -> None:
        self._directory = directory
        self._query_id = query_id
        self._written = written

    def __call__(self, frame: DataFrame, batch_id: int) -> None:
        """Write one batch. The one action on `frame`: a second would count the refused twice."""
        rows: pd.DataFrame = frame.toPandas()
        if rows.empty:
            return
        files = write_batch(rows, self._directory, file_name(self._query_id(), batch_id))
        self._written(len(rows), len(files))


def file_name(query_id: str, batch_id: int) -> str:
    """Name a batch's file, so that names sort as the batches came."""
    return f"{query_id}-{batch_id:010d}.parquet"


def write_batch(rows: pd.DataFrame, directory: Path, name: str) -> list[Path]:
    """Write rows (the aggregates' columns and ``window_date``) below `directory`; gives the files.

    A file that is there already is replaced. Raises `OSError` where it cannot be written.
    """
    files = []
    for date, part in rows.sort_values(list(KEY)).groupby(PARTITION_COLUMN):
        table = pa.Table.from_pandas(part[SCHEMA.names], schema=SCHEMA, preserve_index=False)
        files.append(_write(table, directory / f"{PARTITION_COLUMN}={date}" / name))
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
