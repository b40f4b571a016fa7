"""A Delta table that is maintained while it is written."""

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
from spark_job.writing.dataset import Commit
from spark_job.writing.delta import DeltaDataset

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
FOR_EVER, NOT_AT_ALL = timedelta(days=36500), timedelta(0)


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
