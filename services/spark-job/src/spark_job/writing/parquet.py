"""A dataset of plain Parquet files: one per batch and date, and a record of how far it is final."""

from datetime import datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from contracts.arrow import conform
from contracts.dataset import FINAL_UNTIL, KEY, PARTITION_COLUMN, day_of
from contracts.times import epoch_us, format_time, parse_time
from spark_job.writing.dataset import Commit, WrongFormatError, first_end
from spark_job.writing.files import Files

_LOG_OF_DELTA = "_delta_log"


class _Final(msgspec.Struct, frozen=True):
    """How far an origin's windows are final, and the last batch that is in the dataset.

    `begins` is when the first of its windows ends; older versions did not say.
    """

    query: str
    batch: int
    final_until: str | None
    begins: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for an invalid time."""
        for time in filter(None, (self.final_until, self.begins)):
            epoch_us(time)


_NOTHING = _Final("", -1, None)


class ParquetDataset:
    """Writes a batch's files, named by its query and number: a repeated batch replaces its own.

    How far windows are final is recorded after them, and a query is recorded before its first file:
    with that record alone, a job can remove what later batches have left.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._final: dict[str, _Final] | None = None

    def check(self) -> None:
        """Raise `WrongFormatError` if there is the log of a Delta table."""
        if _LOG_OF_DELTA in self._files.folders():
            raise WrongFormatError(
                "AGGREGATES_FORMAT: got 'parquet', but a Delta table lies at AGGREGATES_URI:"
                " set it to delta, or take another AGGREGATES_URI"
            )

    def write(self, rows: pa.Table, commit: Commit) -> int:
        """Add a batch; a repeat replaces its own files, or if it is final changes nothing.

        Gives the number of files.
        """
        query, batch, origin, until = commit
        before = self._known().get(origin, _NOTHING)
        if _is_final(before, commit):  # what it reads may have expired since
            self._note(origin, before)  # it may not have got on to the disk before a kill
            return 0
        if until is not None and before.query != query:
            self._note(origin, msgspec.structs.replace(before, query=query, batch=batch - 1))
        files = write_batch(rows, self._files, file_name(query, batch))
        if until is not None:
            first = first_end(rows)
            begins = None if first is None else format_time(first)
            self._note(origin, _Final(query, batch, format_time(until), begins))
        return len(files)

    def final_until(self, origin: str) -> datetime | None:
        """Tell how far the windows of an origin are final and all there."""
        final = self._known().get(origin)
        return parse_time(final.final_until) if final and final.final_until else None

    def first_end_of_last(self, origin: str) -> datetime | None:
        """Tell when the first of the last batch's windows ends; None if unknown."""
        final = self._known().get(origin)
        return parse_time(final.begins) if final and final.begins else None

    def remove_unfinished(self, query: str, last: int) -> None:
        """Remove the files of a query's batches after its `last`, except what is final."""
        done = [it.batch for it in self._known().values() if it.query == query]
        self._remove_after(query, max([last, *done]))

    def remove_unrecorded(self, origin: str) -> None:
        """Remove the files of batches after the one that `final_until` is of."""
        if final := self._known().get(origin):
            self._remove_after(final.query, final.batch)

    def _remove_after(self, query: str, batch: int) -> None:
        last = file_name(query, batch)
        for folder in self._files.folders():
            if day_of(folder):
                names = self._files.names(folder)
                of_query = [it for it in names if it.startswith(f"{query}-")]
                self._files.remove(folder, [name for name in of_query if name > last])

    def _note(self, origin: str, final: _Final) -> None:
        known = self._known() | {origin: final}
        self._files.put(FINAL_UNTIL, msgspec.json.encode(known))
        self._final = known

    def _known(self) -> dict[str, _Final]:
        if self._final is None:
            content = self._files.get(FINAL_UNTIL) or b"{}"
            try:
                self._final = msgspec.json.decode(content, type=dict[str, _Final])
            except ValueError:  # the next batch writes it again
                self._final = {}
        return self._final


def _is_final(last: _Final, commit: Commit) -> bool:
    """Tell whether a batch is the last one of its origin, and all of it in the dataset."""
    query, batch, _, until = commit
    if until is None:
        return False
    return (last.query, last.batch, last.final_until) == (query, batch, format_time(until))


def file_name(query: str, batch: int) -> str:
    """Name a batch's file, so that names sort in the order of the batches."""
    return f"{query}-{batch:010d}.parquet"


def write_batch(table: pa.Table, files: Files, name: str) -> list[str]:
    """Write rows (the aggregates' columns and ``window_date``); gives the files' names.

    A file that is there already is replaced. Raises `OSError` where it cannot be written.
    """
    dates = table[PARTITION_COLUMN]
    names = []
    for date in sorted(pc.unique(dates).to_pylist()):
        rows = conform(table.filter(pc.equal(dates, date)))
        rows = rows.sort_by([(column, "ascending") for column in KEY])
        names.append(f"{PARTITION_COLUMN}={date}/{name}")
        files.put(names[-1], as_parquet(rows))
    return names


def as_parquet(rows: pa.Table) -> pa.Buffer:
    """Give the content of a file of these rows."""
    content = pa.BufferOutputStream()
    parquet.write_table(rows.replace_schema_metadata(None), content)
    return content.getvalue()
