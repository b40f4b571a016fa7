"""From all that the store holds to the windows of a range: each once, in order."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from contracts.aggregates import KEY

ORDER = [(name, "ascending") for name in ("symbol", "source", "window_end", "window_start")]


@dataclass(frozen=True)
class Newest:
    """The newest window of all: its ends, and the source that has it."""

    window_start: datetime
    window_end: datetime
    source: str

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.window_end - self.window_start


def newest(windows: pa.Table) -> Newest | None:
    """Find the newest window (`dashboard.store.SCHEMA`); None where there is none."""
    if not windows.num_rows:
        return None
    last = windows.filter(pc.equal(windows["window_end"], pc.max(windows["window_end"])))
    row = last.slice(0, 1).to_pylist()[0]
    return Newest(row["window_start"], row["window_end"], row["source"])


def in_range(windows: pa.Table, end: datetime, span: timedelta | None) -> pa.Table:
    """Give the windows that end within `span` before `end` (None: all), each once.

    Rows are in `ORDER`, so that those of a symbol and source are neighbours, oldest first.
    """
    if span is not None:
        after = pa.scalar(end - span, windows.schema.field("window_end").type)
        windows = windows.filter(pc.greater(windows["window_end"], after))
    windows = windows.sort_by(ORDER).combine_chunks()
    return windows.filter(_first_of_its_key(windows))


def _first_of_its_key(ordered: pa.Table) -> pa.Array:
    """Mark the rows whose key is not that of the row before."""
    count = ordered.num_rows
    if not count:
        return pa.array([], pa.bool_())
    differs = pa.array([False] * (count - 1), pa.bool_())
    for name in KEY:
        column = ordered[name].combine_chunks()
        differs = pc.or_(differs, pc.not_equal(column.slice(1), column.slice(0, count - 1)))
    return pa.concat_arrays([pa.array([True]), differs])
