"""A Delta table that is maintained while it is written."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from contracts.dataset import COLUMNS
from contracts.location import Location
from contracts.object_store import StoreError
from spark_job.maintenance import table as maintenance
from spark_job.maintenance.table import TableMaintainer
from spark_job.writing import delta
from spark_job.writing.dataset import Commit, WrongFormatError
from spark_job.writing.delta import DeltaDataset

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
FOR_EVER, NOT_AT_ALL = timedelta(days=36500), timedelta(0)
SETTINGS = {
    "delta.checkpointInterval": "100",
    "delta.logRetentionDuration": "interval 1 hours",
    "delta.enableExpiredLogCleanup": "false",
    "delta.deletedFileRetentionDuration": "interval 1 hours",
}


def rows(day: int) -> pa.Table:
    """One window of a day of January."""
    end = NOON + timedelta(days=day - 2)
    prices = ("avg_price", "max_price", "min_price", "open_price", "close_price")
    row = {
        "window_date": f"2026-01-{day:02}", "symbol": "IBM", "source": "synthetic",
        "window_start": end - timedelta(seconds=5), "window_end": end,
        **dict.fromkeys(prices, 10.0), **{it.name: None for it in COLUMNS if it.nullable},
        "event_count": 1, "max_deviation_pct": 0.0,
    }  # fmt: skip
    return pa.Table.from_pylist([row])


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(str(tmp_path / "aggregates"), "delta")


def write(dataset: DeltaDataset, day: int, number: int, query: str = "a") -> int:
    return dataset.write(rows(day), Commit(query, number, "raw topic-a", NOON))


def maintain(location: Location, retention: timedelta) -> None:
    for _ in TableMaintainer(location, retention).run():
        pass


def dates(location: Location) -> list[str]:
    """Name the date of each file of the newest version."""
    return sorted(Path(uri).parent.name for uri in DeltaTable(location.uri).file_uris())


def test_a_batch_after_dates_have_expired_is_written_by_the_job_that_runs(location):
    dataset = DeltaDataset(location)
    write(dataset, 2, 0)
    write(dataset, 3, 1)
    maintain(location, NOT_AT_ALL)
    assert dates(location) == []
    assert write(dataset, 4, 2) == 1
    assert dates(location) == ["window_date=2026-01-04"]


def test_a_batch_after_a_merge_is_written_by_the_job_that_runs(location, monkeypatch):
    monkeypatch.setattr(maintenance, "_MANY_FILES", 3)
    dataset = DeltaDataset(location)
    for number in range(3):
        write(dataset, 2, number)
    maintain(location, FOR_EVER)
    assert dates(location) == ["window_date=2026-01-02"]
    assert write(dataset, 2, 3) == 1
    assert len(dates(location)) == 2


def test_a_batch_that_another_job_has_written_is_left_out(location):
    dataset, other = DeltaDataset(location), DeltaDataset(location)
    write(dataset, 2, 0)
    write(other, 3, 1)
    assert write(dataset, 3, 1) == 0
    assert dates(location) == ["window_date=2026-01-02", "window_date=2026-01-03"]


def test_what_conflicts_again_and_again_is_told(location, monkeypatch):
    dataset = DeltaDataset(location)
    write(dataset, 2, 0)
    opened = dataset._opened

    def behind():
        found = opened()
        write(DeltaDataset(location), 3, found.version(), query="b")
        maintain(location, NOT_AT_ALL)
        return found

    monkeypatch.setattr(dataset, "_opened", behind)
    with pytest.raises(StoreError, match="Failed to commit"):
        write(dataset, 4, 1)


def left_for_hours(location: Location, name: str) -> Path:
    """Leave a file that no version of the table has."""
    path = Path(location.uri, name)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.utime(path, (time.time() - 7200,) * 2)
    return path


def test_of_what_no_version_has_only_files_of_dates_go(location):
    write(DeltaDataset(location), 2, 0)
    others = [left_for_hours(location, name) for name in ("reports/2025.csv", "window_dates.csv")]
    killed = left_for_hours(location, "window_date=2026-01-02/part-0.snappy.parquet")
    written = [Path(uri) for uri in DeltaTable(location.uri).file_uris()]
    maintain(location, FOR_EVER)
    assert [path.exists() for path in (*others, *written, killed)] == [True, True, True, False]


def test_files_that_went_before_but_are_named_in_the_log_keep_no_other_from_going(
    location, monkeypatch
):
    monkeypatch.setattr(maintenance, "_SETTLED_S", 0)
    monkeypatch.setattr(maintenance, "_GRACE_H", 0)
    monkeypatch.setattr(maintenance, "_SWEPT_EVERY_S", 0)
    dataset = DeltaDataset(location)
    write(dataset, 2, 0)
    write(dataset, 2, 1)
    merged = [Path(uri) for uri in DeltaTable(location.uri).file_uris()]
    maintain(location, FOR_EVER)
    left = left_for_hours(location, "window_date=2026-01-02/part-0.snappy.parquet")
    maintain(location, FOR_EVER)
    assert [path.exists() for path in (*merged, left)] == [False, False, False]


def test_a_new_table_is_not_made_among_other_files(location):
    left_for_hours(location, "_notes.txt").with_name("reports").mkdir()
    with pytest.raises(WrongFormatError, match="where reports lies already") as error:
        DeltaDataset(location).check()
    assert error.value.exit_code == 2
    Path(location.uri, "reports").rmdir()
    DeltaDataset(location).check()
    left_for_hours(location, "reports/2025.csv")
    DeltaDataset(location).check()  # the table is there


def settings(location: Location) -> dict[str, str]:
    return DeltaTable(location.uri).metadata().configuration


def test_a_new_table_keeps_an_hour_of_its_log_and_cleans_nothing_up_in_a_batch(location):
    DeltaDataset(location).check()
    assert settings(location) == SETTINGS


def test_a_table_of_before_gets_the_same_settings_at_the_next_start_once(location):
    write(DeltaDataset(location), 2, 0)
    before = {"delta.logRetentionDuration": "interval 1 days"}
    DeltaTable(location.uri).alter.set_table_properties(
        before | {"delta.enableExpiredLogCleanup": "true"}
    )
    dataset = DeltaDataset(location)
    dataset.check()
    assert settings(location) == SETTINGS
    assert (write(dataset, 2, 0), write(dataset, 3, 1)) == (0, 1)
    version = DeltaTable(location.uri).version()
    DeltaDataset(location).check()
    assert DeltaTable(location.uri).version() == version


def entries(location: Location) -> list[int]:
    """Name the versions whose entries the log has."""
    return sorted(int(it.stem) for it in Path(location.uri, "_delta_log").glob("*.json"))


def test_the_log_has_its_last_hour_and_what_came_since_the_checkpoint_before_it(
    location, monkeypatch
):
    monkeypatch.setitem(delta._SETTINGS, "delta.checkpointInterval", "10")
    dataset = DeltaDataset(location)
    for number in range(31):
        write(dataset, 2, number)
    reader = DeltaTable(location.uri, version=25)
    for path in Path(location.uri, "_delta_log").glob("0*"):
        age_s = 3700 if int(path.name[:20]) < 25 else 3500
        os.utime(path, (time.time() - age_s,) * 2)
    write(dataset, 2, 31)
    assert entries(location) == list(range(33))
    maintain(location, FOR_EVER)
    assert entries(location) == list(range(19, 33))
    reader.update_incremental()
    assert reader.version() == DeltaTable(location.uri).version() == 32
    assert len(reader.file_uris()) == 32
    assert write(dataset, 2, 32) == 1


def test_a_batch_after_hours_without_one_is_written_though_the_log_since_is_gone(
    location, monkeypatch
):
    monkeypatch.setitem(delta._SETTINGS, "delta.checkpointInterval", "10")
    idle = DeltaDataset(location)
    write(idle, 2, 0)
    for number in range(25):
        write(DeltaDataset(location), 2, number, query="b")
    for path in Path(location.uri, "_delta_log").glob("0*"):
        os.utime(path, (time.time() - 7200,) * 2)
    maintain(location, FOR_EVER)
    assert min(entries(location)) > 2  # the idle one has seen version 1
    assert write(idle, 3, 1) == 1
    assert dates(location) == [*["window_date=2026-01-02"] * 26, "window_date=2026-01-03"]
