"""Writes aggregates: each batch once, whole or not at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from contracts.arrow import SCHEMA, conform
from spark_job.session import ARROW_ROWS, BLOCKS_OF_A_BATCH
from spark_job.writing.dataset import Commit, Dataset

_ROWS_OF_A_BATCH = 10_000
_NO_ROWS = SCHEMA.empty_table()

type Written = Callable[[int, int], None]
"""Is told how many rows and files a batch gave."""

type Send = Callable[[pa.Table], None]
"""Is given the rows, with the dataset's columns."""


class AggregateSink:
    """The function for ``foreachBatch``: commits each batch to the dataset.

    `commit_of` says what a batch is; it is asked with each, since a query has no id before its
    first. Windows that end at or before `final_until` are there already. `send` gets what a batch
    has written, once it is in the dataset; the batch is not over before it returns. `watch` is
    around each batch's way into the dataset.
    """

    def __init__(
        self,
        dataset: Dataset,
        commit_of: Callable[[int], Commit],
        written: Written,
        final_until: datetime | None = None,
        send: Send | None = None,
        *,
        watch: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._dataset = dataset
        self._commit_of = commit_of
        self._written = written
        self._final_until = final_until
        self._send = send
        self._watch = watch

    def __call__(self, frame: DataFrame, batch_id: int) -> None:
        """Write one batch. The one action on `frame`: a second would count the refused twice."""
        table = still_to_write(collect(frame), self._final_until)
        if not table.num_rows:
            return
        with self._watch():
            files = self._dataset.write(table, self._commit_of(batch_id))
        self._written(table.num_rows, files)
        if self._send is not None:
            self._send(conform(table))


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
