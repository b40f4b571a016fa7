"""The sums of quotes, as bytes: what `java/src/marketdata/windows/Sums.java` reads and writes.

Spark sees them as one value: it would generate code for each column, in each of its steps, for each
task of each batch, and needs none of the columns.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

type Values = NDArray[np.int64] | NDArray[np.float64]

_TYPES = {
    "event_count": ">i8",
    "price_sum": ">f8",
    "squares": ">f8",
    "min_price": ">f8",
    "max_price": ">f8",
    "open_us": ">i8",
    "open_price": ">f8",
    "close_us": ">i8",
    "close_price": ">f8",
    "volume": ">f8",
    "turnover": ">f8",
}
"""Of the quotes of one symbol and source in one or several panes.

`squares` sums up the squares of the differences from the mean. `open_price` is the price of the
earliest quote, at `open_us`, `close_price` that of the latest; times in microseconds since 1970.
`volume` is the sum (of a volume of the day the maximum), `turnover` the sum of price times volume;
NaN stands for none.
"""

_SUMS = np.dtype([*_TYPES.items()])


def pack(columns: Mapping[str, Values]) -> pa.BinaryArray:
    """Make one value of each row of these columns, which are those of `unpack`."""
    rows = np.empty(len(columns["event_count"]), _SUMS)
    for name in _TYPES:
        rows[name] = columns[name]
    kind = pa.binary(_SUMS.itemsize)
    return pa.Array.from_buffers(kind, len(rows), [None, pa.py_buffer(rows)]).cast(pa.binary())


def unpack(sums: pa.ChunkedArray) -> dict[str, Values]:
    """Give the columns of `_TYPES`: int64 and float64. Raises `pyarrow.ArrowInvalid` for others."""
    whole = sums.cast(pa.binary(_SUMS.itemsize)).combine_chunks()
    _, content = whole.buffers()
    rows = np.frombuffer(content or b"", _SUMS, len(whole), whole.offset * _SUMS.itemsize)
    return {name: rows[name].astype(rows[name].dtype.newbyteorder("=")) for name in _TYPES}
