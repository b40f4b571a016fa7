"""The interface of a dataset, to which each batch is committed once."""

from datetime import datetime
from typing import NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from spark_job.errors import NeedsPersonError


class WrongFormatError(NeedsPersonError):
    """Something else lies where the settings say that the dataset is, as one of another format."""


class Commit(NamedTuple):
    """What a batch is: a query's number, and how far windows are final with it.

    `origin` names the topic that they are worked out of, and its cluster. What is carried over
    from elsewhere says nothing of these.
    """

    query: str
    batch: int
    origin: str = ""
    final_until: datetime | None = None


def first_end(rows: pa.Table) -> datetime | None:
    """Give the earliest end of a window of a batch; None without rows."""
    end: datetime | None = pc.min(rows["window_end"]).as_py()
    return end


class Dataset(Protocol):
    """Rows of the aggregates' columns, parted by ``window_date``.

    What cannot be reached or written is an `OSError`.
    """

    def check(self) -> None:
        """Raise `WrongFormatError` if there is a dataset of another format."""

    def write(self, rows: pa.Table, commit: Commit) -> int:
        """Add a batch (the aggregates' columns and ``window_date``); a repeat changes nothing.

        Gives the number of files.
        """

    def final_until(self, origin: str) -> datetime | None:
        """Tell how far the windows of an origin are final and all there."""

    def first_end_of_last(self, origin: str) -> datetime | None:
        """Tell when the first of the last batch's windows ends; None if unknown."""

    def remove_unfinished(self, query: str, last: int) -> None:
        """Remove what batches of a query after its `last` have left, if they are not final."""

    def remove_unrecorded(self, origin: str) -> None:
        """Remove what batches have left after the one that `final_until` is of."""
