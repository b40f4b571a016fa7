"""A Delta table as the store reads it, while its writer adds, merges and clears away."""

import pyarrow as pa
import pytest
from conftest import MINUTE, NOON, SECOND, store_of, table, window
from deltalake import DeltaTable, write_deltalake

from contracts.location import Location
from contracts.reader import DatasetError, open_source
from contracts.reader.table import Table
from dashboard.store import read_rows


@pytest.fixture
def location(tmp_path):
    return Location(str(tmp_path / "table"), "delta")


def add(location, *rows):
    """Commit windows of one day, as the job does."""
    day = pa.array([rows[0]["window_start"].date().isoformat()] * len(rows))
    content = table(*rows).append_column("window_date", day)
    write_deltalake(location.uri, content, mode="append", partition_by=["window_date"])


def ends(source):
    asked = ("IBM",), ("synthetic",), NOON - 9 * SECOND, NOON + 99 * SECOND
    rows = read_rows(source, *asked, length=MINUTE)
    return [int((end - NOON) / SECOND) for end in rows["window_end"].to_pylist()]


def test_before_the_job_has_made_it_there_is_nothing(location):
    source = open_source(location)
    assert store_of(source).refresh().newest is None
    add(location, window())
    assert store_of(source).refresh().newest.window_end == NOON


def test_each_batch_is_there_with_the_next_look(location):
    store = store_of(open_source(location))
    for at in range(5):
        add(location, window(end=NOON + at * SECOND))
        assert store.refresh().newest.window_end == NOON + at * SECOND
    assert store.refresh().files == 5


def test_where_nothing_is_new_a_look_is_one_request(location, monkeypatch):
    add(location, window())
    source = open_source(location)
    store = store_of(source, clock=lambda: 0.0)
    store.refresh()
    asked = []
    monkeypatch.setattr(source, "_content", lambda path: asked.append(path) or gone())
    monkeypatch.setattr(DeltaTable, "update_incremental", lambda *_: pytest.fail("asked the log"))
    store.refresh()
    assert asked == ["_delta_log/00000000000000000001.json"]


def gone():
    raise FileNotFoundError


def test_what_is_merged_is_there_once_and_what_is_cleared_away_is_not_missed(location):
    for at in range(4):
        add(location, window(end=NOON + at * SECOND))
    source, late = open_source(location), open_source(location)
    store = store_of(source)
    assert store.refresh().files == 4
    late.days()
    writer = DeltaTable(location.uri)
    writer.optimize.compact()
    assert ends(late) == [0, 1, 2, 3]
    writer.vacuum(0, dry_run=False, enforce_retention_duration=False)
    assert store.refresh().files == 1
    assert ends(source) == [0, 1, 2, 3]
    assert ends(late) == [0, 1, 2, 3]


def test_a_store_that_does_not_answer_is_told_and_what_was_read_stays(location, monkeypatch):
    add(location, window())
    store = store_of(open_source(location), clock=lambda: 0.0)
    before = store.refresh()
    add(location, window(end=NOON + SECOND))

    def silent(*_):
        raise DatasetError("the object store does not answer")

    with monkeypatch.context() as patch:
        patch.setattr("contracts.reader.objects.RemoteFiles._content", silent)
        with pytest.raises(DatasetError, match="does not answer"):
            store.refresh()
    assert before.newest.window_end == NOON
    assert store.refresh().newest.window_end == NOON + SECOND


def test_it_is_opened_only_where_the_settings_name_it(location):
    assert isinstance(open_source(location), Table)
    assert not isinstance(open_source(location._replace(format="parquet")), Table)
