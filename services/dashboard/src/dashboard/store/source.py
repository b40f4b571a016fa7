"""What the store reads from: days of files, wherever they are kept."""

from datetime import date
from typing import NamedTuple, Protocol

import pyarrow as pa

from dashboard.store.reading import SHOWN


class Fingerprint(NamedTuple):
    """What tells that a file is as it was: time of change (nanoseconds) and size (bytes)."""

    changed_ns: int
    size: int


class Settled(NamedTuple):
    """What becomes another with a change, and whether one may have come that it does not show."""

    token: int
    settled: bool = True


class Source(Protocol):
    """The days of a dataset and their files.

    Everything raises `VolumeError` where the dataset cannot be reached.
    """

    check_after_s: float
    """After so long a day's files are compared although nothing tells of a change."""

    def days(self) -> list[date]:
        """List the days that there are, newest first; looks what is new."""

    def changed(self, day: date) -> Settled:
        """Give what tells that a day is as it was; raises `FileNotFoundError` where it is gone."""

    def list(self, day: date, known: dict[str, Fingerprint]) -> dict[str, Fingerprint]:
        """List the files of a day; those in `known` may be taken to be as they were.

        Raises `FileNotFoundError` where the day is gone.
        """

    def read(self, day: date, name: str, schema: pa.Schema = SHOWN) -> pa.Table:
        """Read the windows of a file with the columns of `schema`.

        Raises `FileNotFoundError` where it is gone, and `OSError` or `pyarrow.ArrowException` where
        it is damaged.
        """
