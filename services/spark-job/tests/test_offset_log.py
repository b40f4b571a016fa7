"""How far a query has come, as Spark's log of offsets and the source's own lines tell."""

import json
from pathlib import Path

import pytest
from checkpoints import QUERY_ID, spark_ran
from hypothesis import given
from hypothesis import strategies as st

from spark_job.errors import DamagedError
from spark_job.reading.offset_log import Reached, next_offsets, query_id, read

OFFSETS = st.dictionaries(st.integers(0, 63), st.integers(0, 2**62), min_size=1)
JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda it: st.dictionaries(st.text(), it) | st.lists(it)
)


def test_a_query_that_has_planned_nothing_has_come_nowhere(tmp_path):
    assert read(tmp_path / "query", "raw") is None
    (tmp_path / "query/offsets").mkdir(parents=True)
    assert read(tmp_path / "query", "raw") is None
    assert next_offsets(tmp_path / "query", "raw") is None


def test_it_has_come_as_far_as_the_last_batch_that_is_done(tmp_path):
    spark_ran(tmp_path, 100, 120, 200, watermarks_ms=(0, 7000, 9000), commits=2)
    assert read(tmp_path, "raw") == Reached(1, 7000, {0: 120}, [2], {0: 200})
    assert next_offsets(tmp_path, "raw") == {0: 120}


def test_batches_of_which_only_the_last_hundred_are_kept_are_told_by_their_numbers(tmp_path):
    spark_ran(tmp_path, *range(1, 13), commits=12)
    for batch in range(9):
        (tmp_path / f"offsets/{batch}").unlink()
        (tmp_path / f"commits/{batch}").unlink()
    assert read(tmp_path, "raw") == Reached(11, 0, {0: 12}, [], {})


def test_before_a_batch_is_done_spark_s_own_source_tells_where_it_began(tmp_path):
    spark_ran(tmp_path, 100, commits=0, first=10)
    assert read(tmp_path, "raw") == Reached(None, 0, {0: 10}, [0], {0: 100})


def test_before_a_batch_is_done_the_job_s_own_source_tells_where_it_begins(tmp_path):
    spark_ran(tmp_path, 100, commits=0, first=10)
    (tmp_path / "sources/0/0").unlink()
    assert read(tmp_path, "raw") == Reached(None, 0, {0: 10}, [0], {0: 100})


@given(offsets=OFFSETS, others=st.dictionaries(st.text(), JSON))
def test_the_source_s_line_may_hold_more_than_the_offsets(tmp_path_factory, offsets, others):
    query = tmp_path_factory.mktemp("query")
    line = json.dumps(others | {"raw": {str(key): value for key, value in offsets.items()}})
    spark_ran(query, 100, commits=1)
    (query / "offsets/0").write_text(f'v1\n{{"batchWatermarkMs":5,"conf":{{}}}}\n{line}')
    assert read(query, "raw") == Reached(0, 5, offsets, [], {})


@pytest.mark.parametrize(
    "content",
    [b"", b"v1\n{}\n{", b"v1\n{}\n{}", b"\xff", b'v1\n{"batchWatermarkMs":0}\n{"other":{"0":1}}',
     b'v1\n{"batchWatermarkMs":0}\n{"raw":{"0":"many"}}', b'v1\n{}\n{"raw":{"0":1}}'],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content):
    spark_ran(tmp_path, 100, commits=1)
    (tmp_path / "offsets/0").write_bytes(content)
    with pytest.raises(DamagedError, match=r"offsets/0 cannot be read \(") as error:
        read(tmp_path, "raw")
    assert "\n" not in str(error.value)


def test_the_query_s_id_is_the_one_that_spark_gave_it(tmp_path):
    spark_ran(tmp_path, commits=0)
    assert query_id(tmp_path) == QUERY_ID
