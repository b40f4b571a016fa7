"""The dataset is read the same from a folder, as objects, and from a Delta table."""

import shutil
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import parquet

from contracts.arrow import SCHEMA
from contracts.location import Location
from contracts.reader import DatasetError, Span, Wanted, open_source, retry_merged
from contracts.reader.folder import Folder
from contracts.reader.objects import Objects
from contracts.reader.source import ALL_TIME
from contracts.reader.table import Table

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
NOON_US = 1_767_355_200_000_000  # date --date 2026-01-02T12:00Z +%s, and six zeros
DAY = NOON.date()


def rows(*starts, symbol="IBM"):
    made = {
        "symbol": symbol, "source": "synthetic", "avg_price": 10.0, "max_price": 11.0,
        "min_price": 9.0, "open_price": 9.5, "close_price": 10.5, "event_count": 3,
        "max_deviation_pct": 10.0,
    }  # fmt: skip
    windows = [
        made | {"window_start": it, "window_end": it + timedelta(minutes=1)} for it in starts
    ]
    return pa.Table.from_pylist(windows, SCHEMA)


class Files:
    """Writes plain files; read from a folder, or as the objects of a store are."""

    def __init__(self, folder, kind):
        self.folder = folder
        self.source = Folder(folder) if kind == "folder" else Objects(Location(str(folder)))

    def write(self, content):
        below = self.folder / f"window_date={content['window_start'][0].as_py():%F}"
        below.mkdir(exist_ok=True)
        parquet.write_table(content, below / f"{len(list(below.iterdir()))}.parquet")
        (self.folder / "_final_until.json").write_text(f"{content['window_end'][0]}")


class Committed:
    """Commits to a Delta table."""

    def __init__(self, folder):
        self.location = Location(str(folder), "delta")
        self.source = open_source(self.location)

    def write(self, content):
        days = pa.array([f"{it:%F}" for it in content["window_start"].to_pylist()])
        parted = content.append_column("window_date", days)
        write_deltalake(
            self.location.uri, parted, mode="append", partition_by=["window_date"],
            schema_mode="merge",
        )  # fmt: skip


@pytest.fixture(params=["folder", "objects", "table"])
def dataset(request, tmp_path):
    return Committed(tmp_path) if request.param == "table" else Files(tmp_path, request.param)


def test_there_are_no_days_before_there_is_a_window(dataset):
    assert dataset.source.days() == []


def test_days_come_newest_first_and_each_has_its_files(dataset):
    for start in (NOON - timedelta(days=1), NOON, NOON + timedelta(hours=1)):
        dataset.write(rows(start))
    assert dataset.source.days() == [DAY, DAY - timedelta(days=1)]
    assert len(dataset.source.list(DAY, {})) == 2
    assert all(it.size > 0 for it in dataset.source.list(DAY, {}).values())


def test_a_file_tells_between_which_starts_it_is(dataset):
    dataset.write(rows(NOON, NOON + timedelta(seconds=5)))
    [day] = dataset.source.days()
    [name] = dataset.source.list(day, {})
    assert dataset.source.span(day, name).overlaps(Span(NOON_US + 5_000_000, NOON_US + 9_000_000))
    assert dataset.source.span(day, name).first_us == NOON_US
    assert not dataset.source.span(day, name).overlaps(Span(NOON_US + 5_001_000, 2**62))


def test_of_a_file_only_what_is_wanted_is_read(dataset):
    dataset.write(pa.concat_tables([rows(NOON), rows(NOON, symbol="AAPL")]))
    [day] = dataset.source.days()
    [name] = dataset.source.list(day, {})
    assert dataset.source.read(day, name, SCHEMA).num_rows == 2
    found = dataset.source.read(day, name, SCHEMA, Wanted(ALL_TIME, pc.field("symbol") == "AAPL"))
    assert found.schema == SCHEMA
    assert found["symbol"].to_pylist() == ["AAPL"]


def test_of_a_large_file_only_what_is_in_the_span_is_read(tmp_path):
    dataset = Files(tmp_path, "folder")
    starts = [NOON + timedelta(seconds=5 * it) for it in range(200)]
    below = tmp_path / "window_date=2026-01-02"
    below.mkdir()
    parquet.write_table(rows(*starts), below / "0.parquet", row_group_size=50)
    wanted = Wanted(Span(NOON_US + 495_000_000, NOON_US + 505_000_000), pc.scalar(value=True))
    found = dataset.source.read(DAY, "0.parquet", SCHEMA, wanted)
    assert found["window_start"].to_pylist() == starts[99:102]
    wanted = wanted._replace(span=Span(NOON_US + 1, NOON_US + 4_999_999))
    assert dataset.source.read(DAY, "0.parquet", SCHEMA, wanted).num_rows == 0


@pytest.mark.parametrize("unit", ["ms", "ns"])
def test_of_a_file_with_times_in_another_unit_what_is_in_the_span_is_read(tmp_path, unit):
    dataset = Files(tmp_path, "folder")
    content = rows(NOON, NOON + timedelta(minutes=1))
    for name in ("window_start", "window_end"):
        times = content[name].cast(pa.timestamp(unit, "UTC"))
        content = content.set_column(content.schema.get_field_index(name), name, times)
    dataset.write(content)
    assert dataset.source.span(DAY, "0.parquet") == ALL_TIME
    wanted = Wanted(Span(NOON_US, NOON_US), pc.scalar(value=True))
    found = dataset.source.read(DAY, "0.parquet", SCHEMA, wanted)
    assert found["window_start"].to_pylist() == [NOON]


def test_a_file_of_an_hour_is_read_a_few_rows_at_a_time_and_little_of_it_is_in_memory(dataset):
    many = [NOON + timedelta(milliseconds=20 * it) for it in range(100_000)]
    hour = rows(NOON).take(pa.array([0] * len(many)))
    starts = pa.array(many, SCHEMA.field("window_start").type)
    prices = pa.array([float(it) for it in range(len(many))])
    hour = hour.set_column(2, SCHEMA.field("window_start"), starts)
    hour = hour.set_column(4, SCHEMA.field("avg_price"), prices)
    below = dataset.folder / f"window_date={DAY}" if isinstance(dataset, Files) else None
    if below is None:
        dataset.write(hour)
    else:
        below.mkdir()
        parquet.write_table(hour, below / "0.parquet", row_group_size=2000)
    assert dataset.source.days() == [DAY]
    [name] = dataset.source.list(DAY, {})
    before, most = pa.total_allocated_bytes(), 0
    read = []
    for part in dataset.source.parts(DAY, name, SCHEMA):
        assert part.num_rows <= 16_384
        read += part["avg_price"].to_pylist()
        most = max(most, pa.total_allocated_bytes() - before)
    assert read == prices.to_pylist()
    assert below is None or most < hour.nbytes / 2


def test_a_column_that_came_later_is_null_in_files_from_before(dataset):
    dataset.write(rows(NOON).drop_columns(["vwap"]))
    dataset.write(rows(NOON))
    [day] = dataset.source.days()
    for name in dataset.source.list(day, {}):
        for wanted in (None, Wanted(ALL_TIME, pc.field("symbol") == "IBM")):
            found = dataset.source.read(day, name, SCHEMA, wanted)
            assert found["vwap"].to_pylist() == [None]


def test_what_is_new_is_told(dataset):
    dataset.write(rows(NOON))
    [day] = dataset.source.days()
    before = dataset.source.changed(day)
    dataset.write(rows(NOON + timedelta(minutes=1)))
    dataset.source.days()
    after = dataset.source.changed(day)
    assert after.token != before.token or not after.settled
    assert len(dataset.source.list(day, {})) == 2


def test_a_day_that_came_among_objects_without_a_word_is_found_after_ten_minutes(tmp_path):
    moments = iter([0.0, 600.0, 601.0])
    source = Objects(Location(str(tmp_path)), clock=lambda: next(moments))
    Files(tmp_path, "objects").write(rows(NOON))
    assert source.days() == [DAY]
    (tmp_path / "window_date=2025-12-31").mkdir()
    assert source.days() == [DAY]
    assert source.days() == [DAY, date(2025, 12, 31)]


def test_a_file_that_is_gone_is_not_found(dataset):
    dataset.write(rows(NOON))
    [day] = dataset.source.days()
    with pytest.raises(FileNotFoundError):
        dataset.source.read(day, "gone.parquet", SCHEMA)


@pytest.mark.parametrize("kind", ["folder", "objects"])
def test_a_damaged_file_is_told_apart_from_a_store_that_is_away(tmp_path, kind):
    dataset = Files(tmp_path, kind)
    dataset.write(rows(NOON))
    (tmp_path / "window_date=2026-01-02" / "0.parquet").write_bytes(b"PAR1")
    for look in (
        lambda: dataset.source.span(DAY, "0.parquet"),
        lambda: dataset.source.read(DAY, "0.parquet", SCHEMA),
    ):
        with pytest.raises((OSError, pa.ArrowException)):
            look()


@pytest.mark.parametrize("kind", ["folder", "objects"])
def test_a_file_with_a_column_whose_name_is_not_utf_8_is_damaged(tmp_path, kind):
    dataset = Files(tmp_path, kind)
    dataset.write(rows(NOON).append_column("later", pa.array([1.0])))
    path = tmp_path / "window_date=2026-01-02" / "0.parquet"
    path.write_bytes(path.read_bytes().replace(b"later", b"lat\xffr"))
    wanted = Wanted(ALL_TIME, pc.scalar(value=True))
    for look in (
        lambda: dataset.source.span(DAY, "0.parquet"),
        lambda: dataset.source.read(DAY, "0.parquet", SCHEMA),
        lambda: dataset.source.read(DAY, "0.parquet", SCHEMA, wanted),
        lambda: list(dataset.source.parts(DAY, "0.parquet", SCHEMA)),
    ):
        with pytest.raises(pa.ArrowInvalid, match="not UTF-8"):
            look()


@pytest.mark.parametrize("kind", ["folder", "objects"])
def test_a_file_with_a_symbol_that_is_not_utf_8_is_damaged(tmp_path, kind):
    dataset = Files(tmp_path, kind)
    found = rows(NOON)
    symbols = pa.array([b"\xff"] * len(found)).cast(pa.string(), safe=False)
    dataset.write(found.set_column(0, SCHEMA.field("symbol"), symbols))
    wanted = Wanted(ALL_TIME, pc.scalar(value=True))
    for look in (
        lambda: dataset.source.read(DAY, "0.parquet", SCHEMA),
        lambda: dataset.source.read(DAY, "0.parquet", SCHEMA, wanted),
        lambda: list(dataset.source.parts(DAY, "0.parquet", SCHEMA)),
    ):
        with pytest.raises(pa.ArrowInvalid):
            look()


def test_the_span_of_an_object_with_a_long_end_is_read_from_all_of_it(tmp_path):
    dataset = Files(tmp_path, "objects")
    below = tmp_path / "window_date=2026-01-02"
    below.mkdir()
    starts = [NOON + timedelta(seconds=it) for it in range(300)]
    parquet.write_table(rows(*starts), below / "0.parquet", row_group_size=1)
    assert parquet.read_metadata(below / "0.parquet").serialized_size > 65_536
    assert dataset.source.span(DAY, "0.parquet") == Span(NOON_US, NOON_US + 299_000_000)


def test_a_file_without_rows_has_no_span(tmp_path):
    dataset = Files(tmp_path, "folder")
    dataset.write(rows(NOON))
    parquet.write_table(SCHEMA.empty_table(), tmp_path / "window_date=2026-01-02" / "e.parquet")
    assert dataset.source.span(DAY, "e.parquet") is None


def test_a_table_whose_log_cannot_be_read_is_told(tmp_path):
    dataset = Committed(tmp_path)
    dataset.write(rows(NOON))
    dataset.source.days()
    dataset.write(rows(NOON))
    (tmp_path / "_delta_log" / f"{1:020d}.json").write_text("{")
    with pytest.raises(DatasetError, match="fails"):
        dataset.source.days()


def test_after_a_long_time_a_table_is_as_it_is_although_its_log_was_cleaned_up(tmp_path):
    dataset, moments = Committed(tmp_path), iter([0.0, 86_400.0])
    dataset.write(rows(NOON))
    late = Table(dataset.location, clock=lambda: next(moments))
    late.days()
    dataset.write(rows(NOON + timedelta(minutes=1)))
    dataset.write(rows(NOON + timedelta(minutes=2)))
    DeltaTable(str(tmp_path)).create_checkpoint()
    (tmp_path / "_delta_log" / f"{1:020d}.json").unlink()
    late.days()
    assert len(late.list(DAY, {})) == 3


def test_a_table_that_is_deleted_and_made_anew_is_found_after_ten_minutes(tmp_path):
    dataset, seconds = Committed(tmp_path), count()
    dataset.write(rows(NOON))
    source = Table(dataset.location, clock=lambda: float(next(seconds)))
    assert source.days() == [DAY]
    shutil.rmtree(tmp_path / "_delta_log")
    dataset.write(rows(NOON + timedelta(days=1)))
    assert [source.days() for _ in range(602)][-1] == [DAY + timedelta(days=1)]
    shutil.rmtree(tmp_path / "_delta_log")
    assert [source.days() for _ in range(602)][-1] == []
    with pytest.raises(FileNotFoundError):
        source.changed(DAY)


def test_it_is_opened_by_its_settings(tmp_path):
    assert isinstance(open_source(Location(str(tmp_path))), Folder)
    assert isinstance(open_source(Location(str(tmp_path), "delta")), Table)
    assert isinstance(open_source(Location("s3a://bucket/prefix")), Objects)


def test_files_that_are_merged_meanwhile_are_read_again_and_not_for_ever():
    gone, names = iter([True, True, False]), count()

    def read():
        if next(gone, True):
            raise FileNotFoundError(next(names))
        return "rows"

    assert retry_merged(read) == "rows"
    with pytest.raises(DatasetError, match="change too fast"):
        retry_merged(read)


def test_a_file_that_the_dataset_names_and_that_is_lost_is_named():
    def read():
        raise FileNotFoundError(2, "No such file or directory", "a.parquet")

    with pytest.raises(DatasetError, match=r"is missing: .*'a\.parquet'"):
        retry_merged(read)
