"""The bytes of sums are those that Java reads and writes."""

import struct

import numpy as np
import pyarrow as pa
import pytest

from spark_job.windowing.sums import pack, unpack

NAN = float("nan")
ROWS = [
    (3, 6.0, 2.0, 1.0, 3.0, 5_000_000, 1.0, 9_999_999, 2.0, 2.0, 3.0),
    (1, 0.1, 0.0, 0.1, 0.1, -7, 0.1, -7, 0.1, NAN, NAN),
    (2**53, 1e18, 5e-324, 1e-9, 1e9, 0, 1.5, 2**62, 2.5, 0.0, 1e24),
]
NAMES = [
    "event_count", "price_sum", "squares", "min_price", "max_price", "open_us", "open_price",
    "close_us", "close_price", "volume", "turnover",
]  # fmt: skip
JAVA = ">qddddqdqddd"  # as `Sums.write` puts them into a ByteBuffer


def packed() -> pa.BinaryArray:
    return pack(dict(zip(NAMES, map(np.array, zip(*ROWS, strict=True)), strict=True)))


def test_a_value_is_what_java_reads():
    assert packed().to_pylist() == [struct.pack(JAVA, *row) for row in ROWS]


@pytest.mark.parametrize(("first", "cut"), [(0, 1), (0, 3), (1, 2), (2, 2), (3, 3)])
def test_what_java_has_written_is_read_from_any_part_of_a_column(first, cut):
    values = pa.array([struct.pack(JAVA, *row) for row in ROWS], pa.binary())
    found = unpack(pa.chunked_array([values[first:cut], values[cut:]]))
    assert [*found] == NAMES
    rows = [*zip(*(column.tolist() for column in found.values()), strict=True)]
    np.testing.assert_array_equal(rows, ROWS[first:])


def test_sums_of_another_size_are_not_taken():
    with pytest.raises(pa.ArrowInvalid):
        unpack(pa.chunked_array([[b"x" * 96]], pa.binary()))
