"""Python takes a block apart as the source in Java packs it."""

import re
import struct
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_job.reading.blocks import LONGEST, RECORDS, pack, unpack

JAVA = Path(__file__).parents[1] / "java/src/marketdata/kafka/BoundedConsumer.java"


def packed(
    partition: int, records: list[tuple[int, int, bytes | None]], final_until_ms: int = 0
) -> tuple:
    """What `Block.java` makes of records (offset, timestamp, value), by its comment."""
    values = [value for _, _, value in records]
    return (
        partition,
        b"".join(struct.pack("<q", offset) for offset, _, _ in records),
        b"".join(struct.pack("<q", timestamp_ms) for _, timestamp_ms, _ in records),
        b"".join(struct.pack("<i", -1 if it is None else len(it)) for it in values),
        b"".join(it[:65_540] + b"\n" for it in values if it is not None),
        final_until_ms,
    )


def arrow(*rows: tuple) -> pa.RecordBatch:
    types = [pa.int32(), *[pa.binary()] * 4, pa.int64()]
    columns = [
        pa.array(column, it) for column, it in zip(zip(*rows, strict=True), types, strict=True)
    ]
    names = ["partition", "offsets", "timestamps", "sizes", "lines", "final_until"]
    return pa.record_batch(columns, names)


values = st.none() | st.binary(max_size=30) | st.sampled_from([b"\n", b"", b"x" * 70_000])
records = st.lists(
    st.tuples(st.integers(0, 2**62), st.integers(-1, 2**45), values), min_size=1, max_size=20
)


@given(st.lists(st.tuples(st.integers(0, 2**31 - 1), records), min_size=1, max_size=4))
def test_a_block_is_taken_apart_as_the_source_packs_it(blocks):
    batch = arrow(
        *(packed(partition, records, 7 * row) for row, (partition, records) in enumerate(blocks))
    )
    for row, (partition, records) in enumerate(blocks):
        found = unpack(batch, row)
        found.validate(full=True)
        assert found.schema == RECORDS
        assert found["partition"].to_pylist() == [partition] * len(records)
        assert found["offset"].to_pylist() == [offset for offset, _, _ in records]
        assert found["final_until"].cast(pa.int64()).to_pylist() == [7 * row] * len(records)
        stamps = found["timestamp"].cast(pa.int64()).to_pylist()
        assert stamps == [timestamp_ms for _, timestamp_ms, _ in records]
        for line, size, (_, _, value) in zip(
            found["line"].to_pylist(), found["size"].to_pylist(), records, strict=True
        ):
            if value is None:
                assert (line, size) == (None, -1)
            else:
                assert (line, size) == (value[:65_540] + b"\n", len(value))


@given(
    partition=st.integers(0, 2**31 - 1),
    first=st.integers(0, 2**62),
    timestamp_ms=st.integers(0, 2**45),
    values=st.lists(values, max_size=20),
    final_until_ms=st.integers(0, 2**45),
)
def test_tests_pack_as_the_source_does(partition, first, timestamp_ms, values, final_until_ms):
    rows = [(first + place, timestamp_ms, value) for place, value in enumerate(values)]
    (row,) = pack(partition, first, timestamp_ms, values, final_until_ms).to_pylist()
    assert tuple(row.values()) == packed(partition, rows, final_until_ms)


@pytest.mark.parametrize(("size", "kept"), [(65_539, 65_539), (65_540, 65_540), (65_541, 65_540)])
def test_what_is_longer_is_cut_and_keeps_its_size(size, kept):
    (batch,) = pack(0, 0, 0, [b"x" * size, b"y"]).to_batches()
    found = unpack(batch, 0)
    assert [len(line) for line in found["line"].to_pylist()] == [kept + 1, 2]
    assert found["size"].to_pylist() == [size, 1]


def test_java_and_python_cut_at_the_same_length():
    (java,) = re.findall(r"LONGEST = \((\d+) << (\d+)\) \+ (\d+);", JAVA.read_text())
    thousands, shift, rest = map(int, java)
    assert LONGEST == (thousands << shift) + rest == 65_540
