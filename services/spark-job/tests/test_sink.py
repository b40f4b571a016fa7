"""What a reader finds in the folder of aggregates."""

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pyarrow import parquet

from contracts.dataset import COLUMNS, FINAL_UNTIL
from spark_job.writing.dataset import Commit
from spark_job.writing.files import Folder
from spark_job.writing.parquet import ParquetDataset, file_name, write_batch
from spark_job.writing.sink import AggregateSink, still_to_write

QUERY = "9f6c1d1e-0000-4000-8000-000000000001"


def rows(*starts: datetime, symbol: str = "IBM", price: float = 10.0) -> pa.Table:
    """Rows with the date, and the columns in another order."""
    return pa.Table.from_pylist(
        [
            {
                "window_date": start.date().isoformat(),
                "symbol": symbol,
                "source": "synthetic",
                "window_start": start,
                "window_end": start,
                "avg_price": price,
                "max_price": price,
                "min_price": price,
                "open_price": price,
                "close_price": price,
                **{it.name: None for it in COLUMNS if it.nullable},
                "event_count": 1,
                "max_deviation_pct": 0.0,
            }
            for start in starts
        ]
    )


LATE, EARLY = datetime(2026, 1, 2, 23, 59, 55, 7, UTC), datetime(2026, 1, 3, 0, 0, 0, 0, UTC)


def names(folder) -> set[str]:
    """List the files, but for the one that says how far windows are final."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return found - {FINAL_UNTIL}


def sink_to(folder, written, final_until=None, send=None, sent_until=None) -> AggregateSink:
    def commit_of(batch):
        return Commit(QUERY, batch, "raw topic-a", LATE)

    dataset = ParquetDataset(Folder(folder))
    return AggregateSink(dataset, commit_of, written, final_until, send, sent_until=sent_until)


def test_a_batch_becomes_one_file_for_each_date(tmp_path):
    name = file_name(QUERY, 12)
    files = write_batch(rows(LATE, EARLY, EARLY), Folder(tmp_path), name)
    expected = {f"window_date=2026-01-02/{name}", f"window_date=2026-01-03/{name}"}
    assert names(tmp_path) == expected
    assert [len(parquet.ParquetFile(tmp_path / file).read()) for file in files] == [1, 2]
    assert name == f"{QUERY}-0000000012.parquet"


def test_a_file_has_the_contract_s_columns_in_order_and_nulls_for_what_is_missing(tmp_path):
    (file,) = write_batch(rows(LATE), Folder(tmp_path), "a.parquet")
    table = parquet.ParquetFile(tmp_path / file).read()
    types = {"string": "string", "timestamp": "timestamp[us, tz=UTC]", "double": "double"}
    found = [(field.name, str(field.type), field.nullable) for field in table.schema]
    assert found == [(c.name, types.get(c.type, c.type), c.nullable) for c in COLUMNS]
    row = table.to_pylist()[0]
    assert row["window_start"] == LATE
    assert row["stddev_price"] is row["volume"] is None


def test_the_way_into_the_dataset_is_watched_and_nothing_else(tmp_path):
    order = []

    @contextmanager
    def watch():
        order.append("begins")
        yield
        order.append(len(names(tmp_path)))

    dataset = ParquetDataset(Folder(tmp_path))
    commit = Commit(QUERY, 1, "raw topic-a", LATE)
    sink = AggregateSink(dataset, lambda _: commit, lambda *_: order.append("told"), watch=watch)
    sink(rows(LATE), 1)
    assert order == ["begins", 1, "told"]


def test_a_repeated_batch_replaces_its_own_file_and_no_other(tmp_path):
    write_batch(rows(LATE, price=1.0), Folder(tmp_path), file_name(QUERY, 1))
    write_batch(rows(LATE, price=2.0), Folder(tmp_path), file_name(QUERY, 2))
    write_batch(rows(LATE, price=3.0), Folder(tmp_path), file_name(QUERY, 1))
    table = parquet.read_table(tmp_path)
    assert sorted(table["avg_price"].to_pylist()) == [2.0, 3.0]


def test_a_kill_before_the_rename_leaves_nothing_that_a_reader_sees(tmp_path, monkeypatch):
    name, files = file_name(QUERY, 1), Folder(tmp_path)
    write_batch(rows(LATE, price=1.0), files, name)

    class Killed(BaseException):
        pass

    def killed(_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", killed)  # all is written, nothing renamed
        with pytest.raises(Killed):
            write_batch(rows(LATE, price=2.0), files, name)
    left = {path.rpartition("/")[2] for path in names(tmp_path)}
    assert left == {name, f".{name}.tmp"}
    assert parquet.read_table(tmp_path)["avg_price"].to_pylist() == [1.0]

    write_batch(rows(LATE, price=2.0), Folder(tmp_path), name)
    assert {path.rpartition("/")[2] for path in names(tmp_path)} == {name}
    assert parquet.read_table(tmp_path)["avg_price"].to_pylist() == [2.0]


def test_rows_come_sorted_by_what_names_them(tmp_path):
    mixed = pa.concat_tables([rows(EARLY, symbol="MSFT"), rows(EARLY, symbol="AAPL")])
    (file,) = write_batch(mixed, Folder(tmp_path), "a.parquet")
    assert parquet.ParquetFile(tmp_path / file).read()["symbol"].to_pylist() == ["AAPL", "MSFT"]


def test_windows_that_are_there_already_are_left_out():
    table = rows(*(EARLY + timedelta(seconds=step) for step in range(4)))
    until = EARLY + timedelta(seconds=1)
    left = still_to_write(table, until)["window_end"].to_pylist()
    assert left == [EARLY + timedelta(seconds=2), EARLY + timedelta(seconds=3)]
    assert still_to_write(table, None) == table
    assert still_to_write(table.slice(0, 0), until).num_rows == 0


def test_a_batch_of_windows_that_are_there_already_leaves_no_file(tmp_path):
    reported = []
    sink = sink_to(tmp_path, lambda *it: reported.append(it), EARLY)
    sink(rows(LATE, EARLY), 1)
    assert names(tmp_path) == set()
    sink(rows(EARLY, EARLY + timedelta(seconds=1)), 2)
    assert len(names(tmp_path)) == 1
    assert reported == [(1, 1)]


def test_of_a_batch_that_is_there_already_nothing_is_sent_that_differs_from_its_file(tmp_path):
    sent = []
    sink_to(tmp_path, lambda *_: None, send=sent.append)(rows(LATE, price=1.0), 1)
    sink_to(tmp_path, lambda *_: None, send=sent.append, sent_until=LATE)(rows(LATE, price=2.0), 1)
    assert [table["avg_price"].to_pylist() for table in sent] == [[1.0]]
    assert parquet.read_table(tmp_path)["avg_price"].to_pylist() == [1.0]


def test_a_batch_is_sent_if_it_is_there_only_since_its_write_was_tried_before(tmp_path):
    """As where the answer to the first attempt was lost."""
    sent = []
    for _ in range(2):
        sink_to(tmp_path, lambda *_: None, send=sent.append)(rows(LATE), 1)
    assert [len(table) for table in sent] == [1, 1]


def test_an_empty_batch_leaves_no_file(tmp_path):
    reported = []
    sink = sink_to(tmp_path, lambda *numbers: reported.append(numbers))
    sink(rows(LATE).slice(0, 0), 1)
    assert names(tmp_path) == set()
    assert reported == []
    sink(rows(LATE, EARLY), 2)
    assert len(names(tmp_path)) == 2
    assert reported == [(2, 2)]
