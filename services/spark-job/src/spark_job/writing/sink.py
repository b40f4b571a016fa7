"""Writes aggregates: each batch once, whole or not at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrow import conform
from spark_job.writing.dataset import Commit, Dataset

type Written = Callable[[int, int], None]
"""Is told how many rows and files a batch gave."""

type Send = Callable[[pa.Table], None]
"""Is given the rows, with the dataset's columns."""


class AggregateSink:
    """Commits each batch to the dataset.

    `commit_of` describes a batch; it is called for each, since a query has no id before its first.
    Windows that end at or before `final_until` are there already. `send` gets the rows of a batch
    once they are in the dataset; the batch is not over before it returns. Those that end at or
    before `sent_until` were sent at the start (`spark_job.output`), as they are stored: what a
    repeat reads may have expired since. `watch` is a context around each write.
    """

    def __init__(
        self,
        dataset: Dataset,
        commit_of: Callable[[int], Commit],
        written: Written,
        final_until: datetime | None = None,
        send: Send | None = None,
        *,
        sent_until: datetime | None = None,
        watch: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._dataset = dataset
        self._commit_of = commit_of
        self._written = written
        self._final_until = final_until
        self._send = send
        self._sent_until = sent_until
        self._watch = watch

    def __call__(self, windows: pa.Table, batch_id: int) -> None:
        """Write one batch: the dataset's columns, and ``window_date``."""
        table = still_to_write(windows, self._final_until)
        if not table.num_rows:
            return
        with self._watch():
            files = self._dataset.write(table, self._commit_of(batch_id))
        self._written(table.num_rows, files)
        unsent = still_to_write(table, self._sent_until)
        if unsent.num_rows and self._send is not None:
            self._send(conform(unsent))


def still_to_write(table: pa.Table, final_until: datetime | None) -> pa.Table:
    """Leave out the windows that end at or before a time."""
    if final_until is None:
        return table
    return table.filter(pc.greater(table["window_end"], pa.scalar(final_until)))
