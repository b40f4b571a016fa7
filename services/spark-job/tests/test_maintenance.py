"""Merging and retention: what a reader finds before, while and after, whatever is killed."""

import os
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from objects import ObjectStore
from pyarrow import fs, parquet
from structlog.testing import capture_logs

from contracts.arrow import SCHEMA, conform
from contracts.dataset import KEY
from contracts.location import Location
from contracts.object_store import StoreError
from spark_job.maintenance.compaction import PACE
from spark_job.maintenance.disk import RemoteDisk, disk_of
from spark_job.maintenance.files import File
from spark_job.maintenance.maintainer import Maintainer
from spark_job.maintenance.parts import UnusableError, as_unusable
from spark_job.maintenance.retention import ABANDONED_S
from spark_job.maintenance.schedule import maintained

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3600, 86_400


def a_row(time_s: int, symbol: str = "IBM") -> dict[str, object]:
    """A window that begins so many seconds after noon."""
    start = NOON + timedelta(seconds=time_s)
    return {
        "symbol": symbol, "source": "synthetic",
        "window_start": start, "window_end": start + timedelta(minutes=1),
        "avg_price": float(time_s), "max_price": float(time_s), "min_price": 0.0,
        "open_price": 0.0, "close_price": 0.0, "stddev_price": None, "volume": None,
        "event_count": 1, "max_deviation_pct": 0.0, "vwap": None,
    }  # fmt: skip


OLDER = SCHEMA.remove(SCHEMA.get_field_index("vwap"))
"""The columns before this one came to them."""
LATER = SCHEMA.append(pa.field("later", pa.float64()))
"""The columns with one that this version of the job does not know."""


class Dataset:
    """A folder of aggregates, the clock of all who use it, and what was written."""

    def __init__(self, folder: Path, *, in_a_store: bool = False) -> None:
        self.folder = folder
        self.location = Location(f"s3a://{folder.name}" if in_a_store else str(folder))
        self.now_s = 0.0
        self.written: dict[tuple, dict] = {}
        self.later: dict[tuple, float] = {}
        self.batches = 0

    def clock_ns(self) -> int:
        return int((NOON.timestamp() + self.now_s) * 1e9)

    def maintainer(self, days: float = 90) -> Maintainer:
        disk = disk_of(self.location)
        return Maintainer(disk, timedelta(days=days), clock=self.clock_ns)

    def store(self, **_: object) -> ObjectStore:
        """Open the store, for one that is in one."""
        return ObjectStore(self.folder.parent, self.clock_ns)

    def write(self, *rows: dict, name: str | None = None, schema: pa.Schema = SCHEMA) -> Path:
        """Write a batch as of now, in the folder of its first row's date."""
        self.batches += name is None
        path = self.folder / f"window_date={rows[0]['window_start']:%Y-%m-%d}"
        path.mkdir(exist_ok=True)
        path /= name or f"query-{self.batches:010d}.parquet"
        parquet.write_table(pa.Table.from_pylist(list(rows), schema), path)
        os.utime(path, ns=(self.clock_ns(), self.clock_ns()))
        known = {name for name in schema.names if name in SCHEMA.names}
        for row in rows:
            read = {name: row.get(name) if name in known else None for name in SCHEMA.names}
            self.written[tuple(row[name] for name in KEY)] = read
            if "later" in schema.names:
                self.later[tuple(row[name] for name in KEY)] = row["later"]
        return path

    def files(self) -> list[Path]:
        return sorted(
            path for path in self.folder.rglob("*.parquet") if not path.name.startswith(".")
        )

    def rows(self, files: list[Path] | None = None) -> list[dict]:
        found = [pa.Table.from_pylist([], SCHEMA)]
        files = self.files() if files is None else files
        found += [conform(parquet.ParquetFile(path).read()) for path in files]
        return pa.concat_tables(found).to_pylist()

    def later_column(self) -> dict[tuple, float]:
        """Read the column that the job does not know, wherever it is."""
        tables = [parquet.ParquetFile(path).read() for path in self.files()]
        rows = [row for it in tables if "later" in it.column_names for row in it.to_pylist()]
        return {tuple(row[name] for name in KEY): row["later"] for row in rows}

    def is_whole(self, files: list[Path] | None = None) -> bool:
        """Whether a reader that drops repeated rows by key reads what was written."""
        return {tuple(row[name] for name in KEY): row for row in self.rows(files)} == self.written


@pytest.fixture(params=["folder", "objects"])
def dataset(request, tmp_path: Path, monkeypatch) -> Dataset:
    folder = tmp_path / "bucket"
    folder.mkdir()
    dataset = Dataset(folder, in_a_store=request.param == "objects")
    monkeypatch.setattr(fs, "S3FileSystem", dataset.store)
    return dataset


on_a_disk = pytest.mark.parametrize("dataset", ["folder"], indirect=True)


def run(maintainer: Maintainer) -> None:
    for _ in maintainer.run():
        pass


def an_hour(dataset: Dataset) -> None:
    """Write the windows of the hour after noon as they come, a file for each."""
    for time_s in range(0, HOUR, 5 * MINUTE):
        dataset.now_s = time_s + 62
        dataset.write(a_row(time_s), a_row(time_s, "AAPL"))


def test_a_closed_hour_becomes_one_file_whose_parts_go_after_the_grace_period(dataset):
    an_hour(dataset)
    parts = dataset.files()
    maintainer = dataset.maintainer()
    dataset.now_s = HOUR + PACE.settled_s
    run(maintainer)
    (merged,) = set(dataset.files()) - set(parts)
    assert (merged.name, len(dataset.files())) == ("hour-12-1.parquet", 13)
    dataset.now_s += PACE.grace_s - 1
    run(maintainer)
    assert len(dataset.files()) == 13
    dataset.now_s += 1
    run(maintainer)
    assert dataset.files() == [merged]
    assert dataset.is_whole()
    assert len(dataset.rows()) == 24
    table = parquet.ParquetFile(merged).read()
    assert table.schema.equals(SCHEMA, check_metadata=True)
    assert table.sort_by([(name, "ascending") for name in KEY]) == table


def test_an_hour_of_many_rows_is_merged_a_span_of_time_after_the_other(dataset, monkeypatch):
    monkeypatch.setattr("spark_job.maintenance.merge._ROWS_AT_ONCE", 6)
    an_hour(dataset)
    parts = dataset.files()
    dataset.now_s = HOUR + PACE.settled_s
    run(dataset.maintainer())
    (merged,) = set(dataset.files()) - set(parts)
    assert dataset.is_whole([merged])
    found = parquet.ParquetFile(merged)
    assert [found.metadata.row_group(it).num_rows for it in range(4)] == [6, 6, 6, 6]
    spans = [found.read_row_group(it)["window_start"].to_pylist() for it in range(4)]
    assert all(max(one) < min(other) for one, other in pairwise(spans))


@on_a_disk
def test_a_merged_file_was_written_when_its_newest_part_was(dataset):
    an_hour(dataset)
    newest_ns = max(path.stat().st_mtime_ns for path in dataset.files())
    dataset.now_s = 3 * HOUR
    run(dataset.maintainer())
    merged = dataset.folder / "window_date=2026-01-02" / "hour-12-1.parquet"
    assert merged.stat().st_mtime_ns == newest_ns


@pytest.mark.parametrize("now_s", [HOUR - 1, HOUR + PACE.settled_s - 1])
def test_an_hour_that_is_not_over_for_a_while_is_left(dataset, now_s):
    an_hour(dataset)
    before = dataset.files()
    dataset.now_s = now_s
    run(dataset.maintainer())
    assert dataset.files() == before


def test_an_hour_of_long_ago_that_is_still_written_is_left(dataset):
    dataset.now_s = 100 * DAY
    before = [dataset.write(a_row(second)) for second in (1, 2)]
    dataset.now_s += PACE.settled_s - 1
    maintainer = dataset.maintainer()
    run(maintainer)
    assert dataset.files() == before
    dataset.now_s += 1
    run(maintainer)
    assert len(dataset.files()) == 3


def test_what_comes_late_for_a_merged_hour_is_merged_under_another_name(dataset):
    an_hour(dataset)
    dataset.now_s = 3 * HOUR
    maintainer = dataset.maintainer()
    run(maintainer)
    dataset.now_s += PACE.grace_s
    run(maintainer)
    dataset.write(a_row(7))
    dataset.now_s += PACE.settled_s
    run(maintainer)
    dataset.now_s += PACE.grace_s
    run(maintainer)
    assert [path.name for path in dataset.files()] == ["hour-12-2.parquet"]
    assert dataset.is_whole()
    assert len(dataset.rows()) == 25


def test_rows_that_two_files_hold_are_written_once(dataset):
    an_hour(dataset)
    dataset.write(a_row(0), a_row(5 * MINUTE), name="the-same-again.parquet")
    dataset.now_s = 3 * HOUR
    maintainer = dataset.maintainer()
    run(maintainer)
    dataset.now_s += PACE.grace_s
    run(maintainer)
    assert dataset.is_whole()
    assert len(dataset.rows()) == 24


def test_a_kill_after_the_merge_and_before_its_parts_go_costs_one_merge_more(dataset):
    an_hour(dataset)
    dataset.now_s = 3 * HOUR
    run(dataset.maintainer())
    dataset.now_s += HOUR
    maintainer = dataset.maintainer()  # of another process
    run(maintainer)
    dataset.now_s += PACE.grace_s
    run(maintainer)
    assert [path.name for path in dataset.files()] == ["hour-12-2.parquet"]
    assert dataset.is_whole()
    assert len(dataset.rows()) == 24


def test_files_go_after_the_retention_and_folders_with_their_last(dataset):
    dataset.write(a_row(0))
    dataset.now_s = DAY
    kept = dataset.write(a_row(DAY))
    maintainer = dataset.maintainer(days=2)
    dataset.now_s = 2 * DAY
    run(maintainer)
    assert len(dataset.files()) == 2
    dataset.now_s += 1
    run(maintainer)
    assert dataset.files() == [kept]
    for _ in range(2):
        run(maintainer)
    assert [folder.name for folder in dataset.folder.iterdir()] == ["window_date=2026-01-03"]


def test_over_ninety_days_there_are_as_many_files_as_after_the_first_thirty(dataset):
    maintainer = dataset.maintainer(days=30)
    counts = []
    for day in range(90):
        for hour in range(0, 24, 8):
            for minute in (0, 5):
                time_s = day * DAY + hour * HOUR + minute * MINUTE
                dataset.now_s = time_s + 62
                dataset.write(a_row(time_s), a_row(time_s, "AAPL"))
            for wait_s in (HOUR + PACE.settled_s, PACE.grace_s, HOUR):
                dataset.now_s += wait_s
                run(maintainer)
        counts.append((len(dataset.files()), len(list(dataset.folder.iterdir()))))
    assert counts[9] == (30, 11)  # noon to noon: ten days lie in eleven folders
    assert len(set(counts[31:])) == 1
    assert counts[-1] == (90, 31)
    assert len(dataset.rows()) == 90 * 4


@pytest.mark.parametrize("dataset", ["objects"], indirect=True)
def test_in_a_store_an_older_date_is_listed_once_an_hour(dataset, monkeypatch):
    for day in range(4):
        dataset.write(a_row(day * DAY))
    listed, list_folder = Counter(), RemoteDisk.list_folder

    def counted(disk, folder):
        listed[folder.name] += 1
        return list_folder(disk, folder)

    monkeypatch.setattr(RemoteDisk, "list_folder", counted)
    maintainer = dataset.maintainer()
    for _ in range(61):  # the first looks into the files, the second finds nothing to do
        run(maintainer)
        dataset.now_s += MINUTE
    older, newest = ("2026-01-02", "2026-01-03"), ("2026-01-04", "2026-01-05")
    assert listed == {f"window_date={day}": 2 for day in older} | {
        f"window_date={day}": 61 for day in newest
    }
    run(maintainer)
    assert listed["window_date=2026-01-02"] == 3


@pytest.mark.parametrize("dataset", ["objects"], indirect=True)
def test_in_a_store_the_parts_of_an_older_date_go_after_the_grace_period(dataset):
    an_hour(dataset)
    for day in (1, 2):
        dataset.now_s = day * DAY
        dataset.write(a_row(day * DAY))
    maintainer = dataset.maintainer()
    run(maintainer)
    assert len(dataset.files()) == 15
    for _ in range(int(PACE.grace_s // MINUTE)):
        dataset.now_s += MINUTE
        run(maintainer)
    assert len(dataset.files()) == 3


def test_what_a_killed_process_left_half_written_goes_after_an_hour_and_not_before(dataset):
    path = dataset.write(a_row(0)).with_name(".hour-12-1.parquet.tmp")
    path.write_bytes(b"PAR1")
    os.utime(path, ns=(dataset.clock_ns(), dataset.clock_ns()))
    maintainer = dataset.maintainer()
    dataset.now_s = ABANDONED_S
    run(maintainer)
    assert path.exists()
    dataset.now_s += 1
    run(maintainer)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1"])
def test_a_damaged_file_is_left_and_reported_once_and_the_others_are_merged(dataset, content):
    an_hour(dataset)
    damaged = dataset.files()[3]
    lost = [tuple(row[name] for name in KEY) for row in dataset.rows([damaged])]
    damaged.write_bytes(content)
    os.utime(damaged, ns=(dataset.clock_ns(), dataset.clock_ns()))
    dataset.now_s = 3 * HOUR
    maintainer = dataset.maintainer()
    with capture_logs() as logs:
        for _ in range(3):
            run(maintainer)
            dataset.now_s += PACE.grace_s
    (reported,) = [line for line in logs if line["log_level"] == "warning"]
    assert (reported["folder"], reported["files"]) == ("window_date=2026-01-02", 1)
    assert reported["first"] == damaged.name
    (merged,) = [path for path in dataset.files() if path != damaged]
    for key in lost:
        del dataset.written[key]
    assert damaged.read_bytes() == content
    assert dataset.is_whole([merged])


@pytest.mark.parametrize(
    ("error", "damaged"),
    [
        (OSError("Couldn't deserialize thrift: don't know what type"), True),
        (pa.ArrowInvalid("Parquet magic bytes not found in footer"), True),
        (OSError(5, "Input/output error"), False),
        (OSError("AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 28"), False),
        (StoreError("the object store at http://s3:7070 is full"), False),
    ],
)
def test_what_disk_or_store_report_is_no_damage_of_a_file(error, damaged):
    file = File(Path("window_date=2026-01-02/hour-01-1.parquet"), 0, 1)
    assert isinstance(as_unusable(file, error), UnusableError) is damaged


def test_a_file_with_a_column_whose_name_is_not_utf_8_is_left_and_the_others_are_merged(dataset):
    an_hour(dataset)
    path = dataset.write(a_row(7) | {"later": 7.0}, schema=LATER)
    path.write_bytes(path.read_bytes().replace(b"later", b"lat\xffr"))
    os.utime(path, ns=(dataset.clock_ns(), dataset.clock_ns()))
    dataset.now_s = 3 * HOUR
    maintainer = dataset.maintainer()
    with capture_logs() as logs:
        run(maintainer)
        dataset.now_s += PACE.grace_s
        run(maintainer)
    (reported,) = [line for line in logs if line["log_level"] == "warning"]
    assert reported["first"] == path.name
    assert [it.name for it in dataset.files()] == ["hour-12-1.parquet", path.name]


class FailsOnce:
    """A maintainer whose first pass ends with an error that nobody expects."""

    def __init__(self) -> None:
        self.passes = 0
        self.again = Event()

    def run(self) -> Iterator[None]:
        self.passes += 1
        if self.passes == 1:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        self.again.set()
        yield


def test_after_a_pass_that_failed_in_any_way_there_is_another():
    maintainer = FailsOnce()
    with capture_logs(), maintained(maintainer, every_s=0.01):
        assert maintainer.again.wait(30)


def test_files_without_a_column_that_may_be_null_are_merged_with_nulls_in_it(dataset):
    an_hour(dataset)
    for time_s in (1, 2):
        dataset.write(a_row(time_s) | {"vwap": 5.0}, schema=OLDER)
    dataset.write(a_row(3) | {"vwap": 5.0})
    dataset.now_s = 3 * HOUR
    maintainer = dataset.maintainer()
    run(maintainer)
    dataset.now_s += PACE.grace_s
    run(maintainer)
    (merged,) = dataset.files()
    table = parquet.ParquetFile(merged).read()
    assert table.schema.equals(SCHEMA)
    assert dataset.is_whole()
    values = dict(zip(table["window_start"].to_pylist(), table["vwap"].to_pylist(), strict=True))
    starts = [NOON + timedelta(seconds=second) for second in (1, 2, 3)]
    assert [values[start] for start in starts] == [None, None, 5.0]


def test_files_with_a_column_that_is_not_known_are_left_and_reported_once(dataset):
    an_hour(dataset)
    later = [dataset.write(a_row(time_s) | {"later": 7.0}, schema=LATER) for time_s in (1, 2)]
    dataset.now_s = 3 * HOUR
    maintainer = dataset.maintainer()
    with capture_logs() as logs:
        for _ in range(3):
            run(maintainer)
            dataset.now_s += PACE.grace_s
    (line,) = [line for line in logs if line["log_level"] == "warning"]
    assert (line["files"], line["first"]) == (2, later[0].name)
    assert line["why"] == "it has columns that this job does not know: later"
    assert [path.name for path in dataset.files()] == [
        "hour-12-1.parquet",
        *(it.name for it in later),
    ]
    assert dataset.is_whole()
    assert set(dataset.later_column().values()) == {7.0}


@pytest.mark.parametrize(
    ("field", "why"),
    [
        (
            pa.field("avg_price", pa.float32(), nullable=False),
            "is float not null, not double not null",
        ),
        (pa.field("avg_price", pa.float64()), "is double, not double not null"),
    ],
)
def test_a_file_whose_column_is_of_another_type_is_left(dataset, field, why):
    other = SCHEMA.set(SCHEMA.get_field_index("avg_price"), field)
    before = [dataset.write(a_row(second), schema=other) for second in (1, 2)]
    dataset.now_s = 3 * HOUR
    with capture_logs() as logs:
        run(dataset.maintainer())
    assert dataset.files() == before
    assert why in logs[0]["why"]


def test_a_file_that_lacks_columns_which_may_not_be_null_is_left(dataset):
    an_hour(dataset)
    old = dataset.folder / "window_date=2026-01-02" / "old.parquet"
    parquet.write_table(parquet.ParquetFile(dataset.files()[0]).read(columns=list(KEY)), old)
    os.utime(old, ns=(dataset.clock_ns(), dataset.clock_ns()))
    dataset.now_s = 3 * HOUR
    maintainer = dataset.maintainer()
    run(maintainer)
    dataset.now_s += PACE.grace_s
    run(maintainer)
    assert [path.name for path in dataset.files()] == ["hour-12-1.parquet", "old.parquet"]


def test_a_disk_that_cannot_be_written_is_reported_once_and_tried_again(dataset):
    an_hour(dataset)
    folder = dataset.folder / "window_date=2026-01-02"
    (folder / ".hour-12-1.parquet.tmp").mkdir()  # in the way, as nothing stops root from writing
    dataset.now_s = 3 * HOUR
    maintainer = dataset.maintainer()
    with capture_logs() as logs:
        run(maintainer)
        run(maintainer)
    assert len([line for line in logs if line["log_level"] == "warning"]) == 1
    assert len(dataset.files()) == 12
    (folder / ".hour-12-1.parquet.tmp").rmdir()
    run(maintainer)
    assert len(dataset.files()) == 13


def test_foreign_names_and_folders_are_left_alone(dataset):
    an_hour(dataset)
    folder = dataset.folder / "window_date=2026-01-02"
    files = [folder / "_SUCCESS", folder / ".notes"]
    folders = [dataset.folder / "window_date=x", folder / "a"]
    for path in files:
        path.touch()
    for path in folders:
        path.mkdir()
    dataset.now_s = 200 * DAY
    maintainer = dataset.maintainer()
    for _ in range(3):
        run(maintainer)
    assert dataset.files() == []
    assert all(path.exists() for path in files + folders)


@on_a_disk
def test_modes_let_others_read_what_was_merged(dataset):
    an_hour(dataset)
    (part, *_) = dataset.files()
    dataset.now_s = 3 * HOUR
    run(dataset.maintainer())
    merged = dataset.folder / "window_date=2026-01-02" / "hour-12-1.parquet"
    assert stat.S_IMODE(merged.stat().st_mode) == stat.S_IMODE(part.stat().st_mode)


WINDOWS = st.lists(
    st.tuples(st.integers(0, 5 * HOUR // 5).map(lambda it: it * 5), st.sampled_from(["IBM", "A"])),
    min_size=1, max_size=4, unique=True,
)  # fmt: skip
DOINGS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["write", "write older", "write later"]), WINDOWS),
        st.tuples(st.just("wait"), st.sampled_from([1, 60, 299, 600, HOUR, 5 * HOUR])),
        st.tuples(st.just("look"), st.none() | st.integers(0, 30)),
    ),
    max_size=30,
)


SCHEMAS = {"write": SCHEMA, "write older": OLDER, "write later": LATER}


class Reader:
    """Reads at each step what is there, and what was `slow_s` ago, but for what is gone since."""

    def __init__(self, dataset: Dataset, slow_s: float) -> None:
        self.dataset = dataset
        self.slow_s = slow_s
        self.listed: list[tuple[float, list[Path], dict]] = []

    def check(self) -> None:
        now_s = self.dataset.now_s
        self.listed.append((now_s, self.dataset.files(), dict(self.dataset.written)))
        self.listed = [it for it in self.listed if it[0] >= now_s - self.slow_s]
        _, files, written = self.listed[0]
        left = [path for path in files if path.exists()]
        found = {tuple(row[name] for name in KEY): row for row in self.dataset.rows(left)}
        assert found == written
        assert self.dataset.is_whole()


@pytest.mark.parametrize("in_a_store", [False, True])
@settings(max_examples=100)
@given(doings=DOINGS, slow_s=st.integers(0, 299))
def test_a_reader_never_misses_nor_doubles_a_window_at_any_step(in_a_store, doings, slow_s):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        dataset = Dataset(Path(folder), in_a_store=in_a_store)
        patch.setattr(fs, "S3FileSystem", dataset.store)
        reader, maintainer = Reader(dataset, slow_s), dataset.maintainer()
        for doing, value in doings:
            match doing:
                case "write" | "write older" | "write later":
                    if rows := new_rows(dataset, value):
                        dataset.write(*rows, schema=SCHEMAS[doing])
                case "wait":
                    dataset.now_s += value
                case "look":  # and the process is killed at a step
                    for _ in islice(maintainer.run(), value):
                        reader.check()
                    maintainer = maintainer if value is None else dataset.maintainer()
            reader.check()
        settle(dataset, maintainer)
        assert dataset.is_whole()
        assert dataset.later_column() == dataset.later
        known = [path for path in dataset.files() if "later" not in parquet.read_schema(path).names]
        starts = [row["window_start"] for row in dataset.written.values()]
        assert len(known) <= len({start.replace(minute=0, second=0) for start in starts})


def new_rows(dataset: Dataset, windows: list[tuple[int, str]]) -> list[dict]:
    """Make rows of windows that have none yet: only the columns of their files may differ."""
    rows = [a_row(*window) | {"later": 1.0, "vwap": 1.0} for window in windows]
    return [row for row in rows if tuple(row[name] for name in KEY) not in dataset.written]


def settle(dataset: Dataset, maintainer: Maintainer) -> None:
    dataset.now_s += 12 * HOUR
    for _ in range(3):
        run(maintainer)
        dataset.now_s += PACE.grace_s
