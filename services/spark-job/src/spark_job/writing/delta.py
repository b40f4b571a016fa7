"""A dataset that is a Delta table, written by delta-rs.

A commit in its log has a batch's files, the batch's number with the query's id, and how far windows
are final with the name of their origin. It is a single write: all of it is there, or nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from contracts.arrow import SCHEMA, conform
from contracts.dataset import KEY, PARTITION_COLUMN, day_of
from contracts.location import Location
from contracts.object_store import StoreError, delta_table, error_text, file_system, readable_errors
from contracts.times import from_us, to_us
from spark_job.writing.dataset import Commit, WrongFormatError, first_end

TABLE_SCHEMA = SCHEMA.append(pa.field(PARTITION_COLUMN, pa.string(), nullable=False))
_ATTEMPTS = 3
_SETTINGS = {
    "delta.checkpointInterval": "100",
    "delta.logRetentionDuration": "interval 1 hours",
    # Left to maintenance: after each commit it would list the whole log and read the table.
    "delta.enableExpiredLogCleanup": "false",
    "delta.deletedFileRetentionDuration": "interval 1 hours",
}


class DeltaDataset:
    """Appends batches; one whose number is in the log already is skipped."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._table: DeltaTable | None = None
        self._last: dict[str, int] = {}

    def check(self) -> None:
        """Raise `WrongFormatError` if anything else lies there; create the table if there is none.

        One that an older version has created gets the current settings.
        """
        if table := self._opened():
            self._settle(table)
        else:
            self._refuse_files()
            self._create()

    def write(self, rows: pa.Table, commit: Commit) -> int:
        """Add a batch; a repeat changes nothing. Gives the number of files."""
        content = conform(rows, TABLE_SCHEMA)
        content = content.sort_by([(column, "ascending") for column in KEY])
        with readable_delta_errors(self._location):
            for _ in range(_ATTEMPTS - 1):
                try:
                    return self._append(content, commit)
                except DeltaError:
                    # Dates have expired, another job was faster, or the log since has been removed.
                    self._table = None  # the next look at it opens it as it is then
                    self._last.clear()
            return self._append(content, commit)

    def _append(self, content: pa.Table, commit: Commit) -> int:
        table = self._opened() or self._create()
        if commit.batch <= self._last_of(table, commit.query):
            return 0
        transactions = [Transaction(commit.query, commit.batch)]
        if commit.final_until is not None:
            until_us = to_us(commit.final_until)
            transactions.append(Transaction(_name_of(commit.origin), until_us))
        if commit.final_until is not None and (begins := first_end(content)):
            transactions.append(Transaction(_name_of_last(commit.origin), to_us(begins)))
        write_deltalake(
            table,
            content,
            mode="append",
            commit_properties=CommitProperties(app_transactions=transactions),
        )
        self._last[commit.query] = commit.batch
        return len(content[PARTITION_COLUMN].unique())

    def final_until(self, origin: str) -> datetime | None:
        """Tell how far the windows of an origin are final and all there."""
        return self._noted(_name_of(origin))

    def first_end_of_last(self, origin: str) -> datetime | None:
        """Tell when the first of the last batch's windows ends; None where nothing says so."""
        return self._noted(_name_of_last(origin))

    def _noted(self, name: str) -> datetime | None:
        table = self._opened()
        time_us = table.transaction_version(name) if table else None
        return None if time_us is None else from_us(time_us)

    def remove_unfinished(self, query: str, last: int) -> None:
        """Do nothing: what is in the log is final, and nothing else is visible."""

    def remove_unrecorded(self, origin: str) -> None:
        """Do nothing: how far windows are final is recorded together with them."""

    def _last_of(self, table: DeltaTable, query: str) -> int:
        """Give the last batch of a query; looked up in the log once, as that reads much of it."""
        if query not in self._last:
            done = table.transaction_version(query)
            self._last[query] = -1 if done is None else done
        return self._last[query]

    def _opened(self) -> DeltaTable | None:
        if self._table is None:
            self._table = open_table(self._location)
        return self._table

    def _create(self) -> DeltaTable:
        uri, options = delta_table(self._location)
        with readable_delta_errors(self._location):
            self._table = DeltaTable.create(
                uri,
                TABLE_SCHEMA,
                mode="ignore",
                partition_by=[PARTITION_COLUMN],
                configuration={**_SETTINGS},
                storage_options=options,
            )
        return self._table

    def _settle(self, table: DeltaTable) -> None:
        has = table.metadata().configuration
        if changed := {name: it for name, it in _SETTINGS.items() if has.get(name) != it}:
            with readable_delta_errors(self._location):
                table.alter.set_table_properties(changed)

    def _refuse_files(self) -> None:
        from pyarrow import fs  # noqa: PLC0415

        with readable_errors(self._location):
            system, root = file_system(self._location)
            found = system.get_file_info(fs.FileSelector(root, allow_not_found=True))
        if any(day_of(it.base_name) for it in found):
            raise WrongFormatError(
                "AGGREGATES_FORMAT: got 'delta', but plain Parquet files lie at AGGREGATES_URI:"
                " set it to parquet, or take another AGGREGATES_URI"
            )
        if others := [it.base_name for it in found if not it.base_name.startswith(("_", "."))]:
            raise WrongFormatError(
                f"AGGREGATES_URI: got {self._location.uri!r}, where {min(others)} lies already:"
                " a new table takes a place of its own"
            )


def open_table(location: Location) -> DeltaTable | None:
    """Open the current table of a location; None if there is none. Raises `StoreError`."""
    uri, options = delta_table(location)
    try:
        with readable_delta_errors(location):
            return DeltaTable(uri, storage_options=options)
    except TableNotFoundError:
        return None


@contextmanager
def readable_delta_errors(location: Location) -> Iterator[None]:
    """Convert errors of delta-rs to `StoreError`, except that there is no table."""
    try:
        with readable_errors(location):
            yield
    except TableNotFoundError:
        raise
    except DeltaError as error:
        raise StoreError(error_text(error, location)) from error


def _name_of(origin: str) -> str:
    return f"final until, {origin}"


def _name_of_last(origin: str) -> str:
    return f"the last batch begins, {origin}"
