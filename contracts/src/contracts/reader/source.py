"""What a dataset is to a reader: days of files, wherever they are kept."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc


class DatasetError(Exception):
    """The dataset cannot be reached; the text says why, in one line."""


class Fingerprint(NamedTuple):
    """What tells that a file is as it was: time of change (nanoseconds) and size (bytes)."""

    changed_ns: int
    size: int


class Settled(NamedTuple):
    """A token that changes when the files of a day do.

    `settled` is False while a change may be too recent to show in it.
    """

    token: int
    settled: bool = True


class Span(NamedTuple):
    """Between which starts windows are: microseconds since 1970, both included."""

    first_us: int
    last_us: int

    def overlaps(self, other: "Span") -> bool:
        """Tell whether a start may be in both."""
        return self.first_us <= other.last_us and other.first_us <= self.last_us


ALL_TIME = Span(0, 2**63 - 1)
"""Of a file that does not say."""


def _time(us: int) -> pa.Scalar:
    return pa.scalar(us, pa.timestamp("us", "UTC"))


class Wanted(NamedTuple):
    """Which windows are wanted: those that begin in a span and for which a condition is true."""

    span: Span
    condition: pc.Expression

    @property
    def expression(self) -> pc.Expression:
        """Both as one condition."""
        start = pc.field("window_start")
        return (
            (start >= _time(self.span.first_us))
            & (start <= _time(self.span.last_us))
            & self.condition
        )


class Source(Protocol):
    """The days of a dataset and their files.

    Everything raises `DatasetError` where the dataset cannot be reached.
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

    def span(self, day: date, name: str) -> Span | None:
        """Tell between which starts the windows of a file are, None where it has none.

        Raises as `read`.
        """

    def read(
        self, day: date, name: str, schema: pa.Schema, wanted: Wanted | None = None
    ) -> pa.Table:
        """Read the windows of a file with the columns of `schema`, those that are `wanted`.

        Raises `FileNotFoundError` where it is gone, and `OSError` or `pyarrow.ArrowException` where
        it is damaged.
        """

    def parts(self, day: date, name: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """Read all windows of a file as `read` does, some at a time: a file may be of an hour."""
