"""What each dataset does alike: commits once, whatever is repeated or killed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from objects import ObjectStore
from pyarrow import fs, parquet
from structlog.testing import capture_logs

from contracts.arrow import SCHEMA
from contracts.dataset import COLUMNS, FINAL_UNTIL
from contracts.location import Location
from spark_job.maintenance.carry import carry, main
from spark_job.maintenance.disk import disk_of
from spark_job.maintenance.stored import days, windows_between
from spark_job.writing import delta
from spark_job.writing.dataset import Commit, Dataset, WrongFormatError
from spark_job.writing.files import Folder, Objects
from spark_job.writing.place import open_dataset

QUERY = "9f6c1d1e-0000-4000-8000-000000000001"
ORIGIN = "raw topic-a"
MIDNIGHT = datetime(2026, 1, 3, tzinfo=UTC)
COUNTING = pa.proxy_memory_pool(pa.default_memory_pool())
"""Never freed: Arrow keeps some of what is taken from it."""


class Killed(BaseException):
    """The job is killed here."""


def at(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


def rows(*ends_s: int, symbol: str = "IBM", price: float = 10.0, length_s: int = 5) -> pa.Table:
    """Windows of a length that end so long after midnight, as they come from Spark."""
    return pa.Table.from_pylist(
        [
            {
                "window_date": at(end - length_s).date().isoformat(),
                "symbol": symbol,
                "source": "synthetic",
                "window_start": at(end - length_s),
                "window_end": at(end),
                **dict.fromkeys(
                    ("avg_price", "max_price", "min_price", "open_price", "close_price"), price
                ),
                **{it.name: None for it in COLUMNS if it.nullable},
                "event_count": 1,
                "max_deviation_pct": 0.0,
            }
            for end in ends_s
        ]
    )


def commit(batch: int, until_s: int, query: str = QUERY, origin: str = ORIGIN) -> Commit:
    return Commit(query, batch, origin, at(until_s))


@pytest.fixture(params=["parquet", "delta", "objects"])
def location(request, tmp_path: Path, monkeypatch) -> Location:
    """Give a place; what lies there is below `Location.key`, also where that is a bucket."""
    if request.param == "objects":
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(fs, "S3FileSystem", lambda **_: ObjectStore(tmp_path))
        return Location("s3a://bucket/aggregates", "parquet")
    return Location(str(tmp_path / "aggregates"), request.param)


in_a_folder = pytest.mark.parametrize("location", ["parquet", "delta"], indirect=True)


@pytest.fixture
def opened(location) -> Callable[[], Dataset]:
    """Give a dataset as a job finds it at its start."""

    def opened() -> Dataset:
        dataset = open_dataset(location)
        dataset.check()
        return dataset

    return opened


def ends(location: Location) -> list[int]:
    """Read the ends of all windows, as seconds after midnight, as any reader finds them."""
    if location.format == "delta":
        paths = [Path(uri) for uri in DeltaTable(location.uri).file_uris()]
    else:
        paths = list(Path(location.key).glob("window_date=*/*.parquet"))
    tables = [parquet.ParquetFile(path).read() for path in paths]
    assert all(table.schema.equals(SCHEMA) for table in tables)
    found = [end for table in tables for end in table["window_end"].to_pylist()]
    return sorted(int((end - MIDNIGHT).total_seconds()) for end in found)


def test_a_batch_is_in_the_dataset_with_a_file_for_each_date(opened, location):
    assert opened().write(rows(-5, 0, 5, 10), commit(3, 10)) == 2
    assert ends(location) == [-5, 0, 5, 10]


@pytest.mark.parametrize("location", ["parquet"], indirect=True)
@pytest.mark.parametrize("name", ["final_until", "begins"])
def test_where_what_says_how_far_it_is_final_is_damaged_nothing_says_so(opened, location, name):
    opened().write(rows(0, 5), commit(3, 5))
    path = Path(location.key, FINAL_UNTIL)
    said = json.loads(path.read_bytes())
    said[ORIGIN][name] = said[ORIGIN][name].replace("-01-", "-61-", 1)
    path.write_text(json.dumps(said))
    assert opened().final_until(ORIGIN) is None
    opened().write(rows(10), commit(4, 10))
    assert opened().final_until(ORIGIN) == at(10)


def test_a_batch_that_is_repeated_is_there_once(opened, location):
    dataset = opened()
    dataset.write(rows(0, 5), commit(3, 5))
    dataset.write(rows(0, 5), commit(3, 5))
    opened().write(rows(0, 5), commit(3, 5))  # after a kill before Spark's own commit
    opened().write(rows(10), commit(4, 10))
    assert ends(location) == [0, 5, 10]


def test_a_batch_of_which_records_have_expired_when_it_is_repeated_is_there_as_it_was(
    opened, location
):
    opened().write(rows(5, 10), commit(3, 10))
    assert opened().write(rows(5, price=9.0), commit(3, 10)) == 0
    assert ends(location) == [5, 10]
    found = windows_between(location, at(0), at(10), timedelta(seconds=5))
    assert found["max_price"].to_pylist() == [10.0, 10.0]
    assert (opened().final_until(ORIGIN), opened().first_end_of_last(ORIGIN)) == (at(10), at(5))


def test_batches_of_another_query_with_the_same_number_are_their_own(opened, location):
    opened().write(rows(5), commit(3, 5))
    opened().write(rows(10), commit(3, 10, query="b"))
    assert ends(location) == [5, 10]


def test_how_far_windows_are_final_is_in_the_dataset_by_origin(opened):
    assert opened().final_until(ORIGIN) is None
    opened().write(rows(0, 5), commit(3, 7))
    opened().write(rows(15), commit(0, 15, query="b", origin="raw topic-b"))
    opened().write(rows(10), commit(4, 12))
    found = opened()
    assert found.final_until(ORIGIN) == at(12)
    assert found.final_until("raw topic-b") == at(15)
    assert found.final_until("other topic-a") is None


def test_when_the_first_window_of_the_last_batch_ends_is_in_the_dataset_by_origin(opened):
    assert opened().first_end_of_last(ORIGIN) is None
    opened().write(rows(5, 0), commit(3, 7))
    assert opened().first_end_of_last(ORIGIN) == at(0)
    opened().write(rows(10, 20), commit(4, 22))
    opened().write(rows(10, 20), commit(4, 22))
    opened().write(rows(15), commit(0, 15, query="b", origin="raw topic-b"))
    assert opened().first_end_of_last(ORIGIN) == at(10)
    opened().write(rows(25), commit(0, 25, query="c"))
    assert opened().first_end_of_last(ORIGIN) == at(25)


def test_after_a_kill_in_a_batch_nothing_of_it_is_left_beyond_what_is_final(
    opened, location, monkeypatch
):
    opened().write(rows(5), commit(3, 5))
    killed_in(opened(), rows(-5, 10), commit(4, 10), monkeypatch)
    dataset = opened()
    dataset.remove_unrecorded(ORIGIN)
    assert dataset.final_until(ORIGIN) == at(5)
    assert ends(location) == [5]


@pytest.mark.parametrize("final_s", [None, 5])
def test_after_a_kill_in_a_query_s_first_batch_nothing_of_it_is_left(
    opened, location, monkeypatch, final_s
):
    if final_s is not None:
        opened().write(rows(final_s), commit(3, final_s))
    killed_in(opened(), rows(-5, 10), commit(7, 10, query="b"), monkeypatch)
    dataset = opened()
    dataset.remove_unrecorded(ORIGIN)
    assert dataset.final_until(ORIGIN) == (None if final_s is None else at(final_s))
    assert ends(location) == ([] if final_s is None else [final_s])


def killed_in(dataset, table, commit, monkeypatch) -> None:
    """Write a batch, killed before what makes it final."""

    def killed(*_, **__):
        raise Killed

    written = []

    def until_killed(put):
        def put_until_killed(files, name, content):
            if name == FINAL_UNTIL and written:
                raise Killed
            written.extend([] if name == FINAL_UNTIL else [name])
            put(files, name, content)

        return put_until_killed

    with monkeypatch.context() as patch:
        patch.setattr(delta, "write_deltalake", killed)
        for kind in (Folder, Objects):
            patch.setattr(kind, "put", until_killed(kind.put))
        with pytest.raises(Killed):
            dataset.write(table, commit)


def test_an_unfinished_batch_that_is_final_stays(opened, location):
    opened().write(rows(5), commit(3, 5))
    opened().write(rows(10), commit(4, 10))  # Spark has not noted its end
    dataset = opened()
    dataset.remove_unfinished(QUERY, 3)
    assert (ends(location), dataset.final_until(ORIGIN)) == ([5, 10], at(10))


@in_a_folder
def test_what_lies_there_in_another_format_stops_the_start_and_says_so(opened, location):
    opened().write(rows(5), commit(3, 5))
    other = {"parquet": "delta", "delta": "parquet"}[location.format]
    with pytest.raises(WrongFormatError, match=f"AGGREGATES_FORMAT: got '{other}', but"):
        open_dataset(location._replace(format=other)).check()


def test_rows_come_sorted_by_what_names_them(opened, location):
    both = pa.concat_tables([rows(5, symbol="MSFT"), rows(5, symbol="AAPL")])
    opened().write(both, commit(1, 5))
    (path,) = Path(location.key).glob("window_date=*/*.parquet")
    assert parquet.ParquetFile(path).read()["symbol"].to_pylist() == ["AAPL", "MSFT"]


def test_windows_of_weeks_are_read_back_though_they_begin_long_before(opened, location):
    weeks = timedelta(days=28)
    opened().write(rows(0, 5, length_s=28 * 86_400), commit(1, 5))
    found = windows_between(location, at(0), at(5), weeks)
    assert found["window_end"].to_pylist() == [at(5)]


def test_what_is_read_back_lacks_a_damaged_file_and_no_other(opened, location):
    for end in (5, 10, 15):
        opened().write(rows(end), commit(end, end))
    damaged, *_ = Path(location.key).glob("window_date=*/*.parquet")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with capture_logs() as logs:
        found = windows_between(location, at(0), at(15), timedelta(seconds=5))
    assert len(found) == 2
    assert [(log["event"], Path(log["file"]).name) for log in logs] == [
        ("a file cannot be read back", damaged.name)
    ]


def test_of_large_files_no_more_is_held_than_is_read_back(opened, location):
    many = rows(5).take(pa.array([0] * 20_000))  # 3 MB
    for batch in range(20):
        opened().write(many, commit(batch, 5))
    opened().write(rows(10), commit(20, 10))
    usual = pa.default_memory_pool()
    pa.set_memory_pool(COUNTING)
    try:
        found = windows_between(location, at(5), at(10), timedelta(seconds=5))
    finally:
        pa.set_memory_pool(usual)
    assert found["window_end"].to_pylist() == [at(10)]
    assert 0 < COUNTING.max_memory() < 4_000_000


@pytest.mark.parametrize("location", ["objects"], indirect=True)
def test_a_large_object_is_read_in_parts_and_any_other_at_once(opened, location, monkeypatch):
    opened().write(rows(5, 10), commit(1, 10))
    ((file,),) = days(location).values()
    with disk_of(location).opened(file.path) as there:
        assert isinstance(there, pa.BufferReader)
    monkeypatch.setattr("spark_job.maintenance.disk._LARGE_BYTES", file.size - 1)
    with disk_of(location).opened(file.path) as there:
        assert not isinstance(there, pa.BufferReader)
    found = windows_between(location, at(5), at(10), timedelta(seconds=5))
    assert found["window_end"].to_pylist() == [at(10)]


def commits(run: str) -> Iterator[Commit]:
    return (Commit(run, number) for number in count())


def test_what_lies_elsewhere_is_carried_over_and_back_each_window_once(opened, location, tmp_path):
    opened().write(rows(-5, 0, 5, 10), commit(3, 10))
    other = {"parquet": "delta", "delta": "parquet"}[location.format]
    target = Location(str(tmp_path / "other"), other)
    carried = list(carry(location, target, commits("a")))
    assert carried == [("2026-01-02", 2), ("2026-01-03", 2)]
    opened().write(rows(15), commit(4, 15))
    assert list(carry(location, target, commits("b"))) == [("2026-01-02", 0), ("2026-01-03", 1)]
    assert ends(target) == [-5, 0, 5, 10, 15]
    assert list(carry(target, location, commits("c"))) == [("2026-01-02", 0), ("2026-01-03", 0)]
    assert opened().final_until(ORIGIN) == at(15)


def test_a_day_is_carried_over_in_pieces_and_after_a_kill_the_rest_of_it(
    opened, location, tmp_path, monkeypatch
):
    monkeypatch.setattr("spark_job.maintenance.merge._ROWS_AT_ONCE", 2)
    opened().write(rows(5, 10, 15), commit(3, 15))
    opened().write(rows(20, 25), commit(4, 25))
    other = {"parquet": "delta", "delta": "parquet"}[location.format]
    target, written = Location(str(tmp_path / "other"), other), []

    def until_killed(run: str) -> Iterator[Commit]:
        for it in commits(run):
            written.append(len(ends(target)))
            if len(written) == 3:
                raise Killed
            yield it

    with pytest.raises(Killed):
        list(carry(location, target, until_killed("a")))
    assert list(carry(location, target, until_killed("b"))) == [("2026-01-03", 2)]
    assert written == [0, 2, 3, 3]
    assert ends(target) == [5, 10, 15, 20, 25]


def test_what_is_carried_over_after_the_clock_was_set_back_is_there(
    opened, location, capsys, monkeypatch, tmp_path
):
    table = Location(str(tmp_path / "table"), "delta")
    monkeypatch.setenv("AGGREGATES_URI", table.uri)
    monkeypatch.setenv("AGGREGATES_FORMAT", table.format)
    opened().write(rows(5), commit(3, 5))
    with monkeypatch.context() as patch:
        patch.setattr("time.time_ns", lambda: 2**62)
        assert main([location.uri, location.format]) == 0
    opened().write(rows(10), commit(4, 10))
    assert main([location.uri, location.format]) == 0
    assert capsys.readouterr().out == "2026-01-03: 1 windows carried over\n" * 2
    assert ends(table) == [5, 10]


def test_of_a_damaged_file_the_command_says_which_and_ends(opened, location, capsys, monkeypatch):
    opened().write(rows(5), commit(3, 5))
    (damaged,) = Path(location.key).glob("window_date=*/*.parquet")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    monkeypatch.setenv("AGGREGATES_URI", f"{location.uri}-new")
    assert main([location.uri, location.format]) == 1
    assert capsys.readouterr().out.startswith(f"{damaged}: ")


def test_a_place_without_windows_in_that_format_is_told(opened, location, capsys, monkeypatch):
    opened().write(rows(5), commit(3, 5))
    monkeypatch.setenv("AGGREGATES_URI", f"{location.uri}-new")
    assert main([f"{location.uri}-typo", location.format]) == 1
    told = f"there are no windows at {location.uri}-typo as {location.format}\n"
    assert capsys.readouterr().out == told


def test_files_are_no_table(tmp_path, capsys, monkeypatch):
    place = str(tmp_path / "files")
    open_dataset(Location(place, "parquet")).write(rows(5), commit(3, 5))
    monkeypatch.setenv("AGGREGATES_URI", str(tmp_path / "new"))
    assert main([place, "delta"]) == 1
    assert capsys.readouterr().out == f"there are no windows at {place} as delta\n"


def test_the_command_says_how_it_is_used_and_what_it_did(opened, location, capsys, monkeypatch):
    opened().write(rows(5), commit(3, 5))
    monkeypatch.setenv("AGGREGATES_URI", f"{location.uri}-new")
    assert main([location.uri, location.format]) == 0
    assert capsys.readouterr().out == "2026-01-03: 1 windows carried over\n"
    assert main(["somewhere", "parquet"]) == 2
    assert capsys.readouterr().out.startswith("takes a place (a path or s3a://bucket/prefix)")
