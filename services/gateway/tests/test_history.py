"""Pages of the dataset from each place that it may lie in, while its writer merges and clears."""

import errno
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake
from make import BEGIN, row, write

from contracts.arrow import SCHEMA
from contracts.location import Location
from contracts.reader import DatasetError, Source, Wanted, open_source
from contracts.reader.folder import Folder
from contracts.reader.objects import Objects
from contracts.reader.source import ALL_TIME
from gateway.history.cache import FileCache
from gateway.history.files import Files
from gateway.history.pages import History
from gateway.history.parallel import in_parallel
from gateway.history.query import Query

SECOND = timedelta(seconds=1)
DAY = BEGIN.date()

type Write = Callable[[str, dict[str, Any]], None]


def commit(location: Location, made: dict[str, Any]) -> None:
    """Commit a window to a Delta table, as the job does."""
    content = pa.Table.from_pylist([made], SCHEMA)
    parted = content.append_column("window_date", pa.array([str(made["window_start"].date())]))
    write_deltalake(location.uri, parted, mode="append", partition_by=["window_date"])


@pytest.fixture(params=["folder", "objects", "delta"])
def dataset(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Source, Write]:
    """Give what reads a dataset, and what writes a window as a file of it."""
    if request.param == "delta":
        location = Location(str(tmp_path), "delta")
        return open_source(location), lambda _, made: commit(location, made)

    def put(name: str, made: dict[str, Any]) -> None:
        write(tmp_path, name, made)
        (tmp_path / "_final_until.json").write_text(name)  # as the job tells of a batch

    return Folder(tmp_path) if request.param == "folder" else Objects(Location(str(tmp_path))), put


def starts(history: History, limit: int = 1000, **asked: Any) -> list[int]:
    rows = history.read(Query(limit, **asked)).rows
    return [int((start - BEGIN) / SECOND) for start in rows["window_start"].to_pylist()]


def test_pages_are_the_same_wherever_it_lies(dataset: tuple[Source, Write]) -> None:
    source, put = dataset
    history = History(source)
    assert starts(history) == []
    for at in (-86_400, 0, 5, 10):
        put(f"{at}.parquet", row(BEGIN + at * SECOND))
    assert starts(history) == [10, 5, 0, -86_400]
    assert starts(history, begin=BEGIN, end=BEGIN + 10 * SECOND) == [5, 0]
    page = history.read(Query(3))
    assert starts(history, after=page.last) == [-86_400]
    put("15.parquet", row(BEGIN + 15 * SECOND))
    assert starts(history) == [15, 10, 5, 0, -86_400]


def test_a_file_that_is_no_parquet_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "good.parquet", row(BEGIN))
    write(tmp_path, "bad.parquet", row(BEGIN + SECOND))
    history = History(Folder(tmp_path))
    assert starts(history) == [1, 0]
    bad = tmp_path / f"window_date={DAY}" / "bad.parquet"
    bad.write_bytes(bad.read_bytes()[4:].replace(b"IBM", b"I"))  # its end may still be there
    assert starts(history) == [0]


class Failing(Folder):
    """Does what `failing` names only with an error of the system."""

    failing = ""

    def span(self, day: date, name: str) -> Any:
        self._fail("span")
        return super().span(day, name)

    def read(self, *asked: Any) -> pa.Table:
        self._fail("read")
        return super().read(*asked)

    def _fail(self, what: str) -> None:
        if what == self.failing:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_a_file_that_could_not_be_opened_for_a_moment_is_there_afterwards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "a.parquet", row(BEGIN))
    source, now_s = Failing(tmp_path), 0.0
    files = Files(source, lambda: now_s)
    source.failing = "span"
    assert files.of_day(DAY) == []
    now_s = 31.0
    assert files.of_day(DAY) == []
    assert capsys.readouterr().out.count("files cannot be read") == 1
    source.failing, now_s = "", 62.0
    assert [it.name for it in files.of_day(DAY)] == ["a.parquet"]


def test_what_could_not_be_read_for_a_moment_is_an_error_and_there_afterwards(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a.parquet", row(BEGIN))
    source = Failing(tmp_path)
    history = History(source)
    source.failing = "read"
    with pytest.raises(DatasetError, match=r"^a.parquet: Too many open files$"):
        starts(history)
    source.failing = ""
    assert starts(history) == [0]


def test_files_that_are_merged_while_they_are_read_are_there_once(tmp_path: Path) -> None:
    class Merged(Folder):
        """Merges all files when the first is read."""

        def read(
            self, day: date, name: str, schema: pa.Schema, wanted: Wanted | None = None
        ) -> pa.Table:
            merged = tmp_path / f"window_date={day}" / "hour.parquet"
            if not merged.exists():
                write(tmp_path, "hour.parquet", *(row(BEGIN + at * SECOND) for at in range(3)))
                for at in range(3):
                    (merged.parent / f"{at}.parquet").unlink()
            return super().read(day, name, schema, wanted)

    for at in range(3):
        write(tmp_path, f"{at}.parquet", row(BEGIN + at * SECOND))
    assert starts(History(Merged(tmp_path))) == [2, 1, 0]


def test_a_table_is_read_while_its_writer_merges_and_clears_away(tmp_path: Path) -> None:
    location = Location(str(tmp_path), "delta")
    for at in range(4):
        commit(location, row(BEGIN + at * SECOND))
    history = History(open_source(location))
    assert starts(history) == [3, 2, 1, 0]
    writer = DeltaTable(location.uri)
    writer.optimize.compact()
    writer.vacuum(0, dry_run=False, enforce_retention_duration=False)
    assert starts(history) == [3, 2, 1, 0]


class Counted(Folder):
    """Notes which files are read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []

    def read(self, day: date, name: str, *others: Any) -> pa.Table:
        self.asked.append(name)
        return super().read(day, name, *others)


def test_small_files_are_read_once_and_anew_where_they_are_others(tmp_path: Path) -> None:
    source = Counted(tmp_path)
    history = History(source)
    write(tmp_path, "a.parquet", row(BEGIN))
    write(tmp_path, "b.parquet", row(BEGIN + SECOND))
    for _ in range(3):
        assert starts(history) == [1, 0]
    assert starts(history, symbol="AAPL") == []
    assert sorted(source.asked) == ["a.parquet", "b.parquet"]
    write(tmp_path, "b.parquet", row(BEGIN + 2 * SECOND), row(BEGIN + 3 * SECOND))
    assert starts(history) == [3, 2, 0]
    assert sorted(source.asked) == ["a.parquet", "b.parquet", "b.parquet"]


def test_of_small_files_only_so_much_is_kept(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path, name, row(BEGIN))
    source = Counted(tmp_path)
    files = {it.name: it for it in Files(source).of_day(DAY)}
    cache = FileCache(source, most_bytes=20_000)  # of two such files
    for name in "abcba":
        assert len(cache.read([files[name]], Wanted(ALL_TIME, pc.scalar(value=True)))) == 1
    assert source.asked == ["a", "b", "c", "a"]


def test_of_small_files_only_so_much_is_read_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(5):
        write(tmp_path, f"{at}.parquet", row(BEGIN + at * SECOND))
    source, together = Folder(tmp_path), []

    def noted(work: Callable[[Any], Any], items: Any) -> Any:
        together.append(len(items))
        return in_parallel(work, items)

    files = Files(source).of_day(DAY)
    size = files[0].fingerprint.size
    monkeypatch.setattr("gateway.history.cache.in_parallel", noted)
    for most_bytes, lengths in ((5 * size, [5]), (2.5 * size, [2, 2, 1]), (1, [1] * 5)):
        monkeypatch.setattr("gateway.history.cache._AT_A_TIME_BYTES", most_bytes)
        rows = FileCache(source).read(files, Wanted(ALL_TIME, pc.scalar(value=True)))
        assert (len(rows), together) == (5, lengths)
        together.clear()


def test_files_that_change_all_the_time_are_given_up(tmp_path: Path) -> None:
    names = count()

    class Gone(Folder):
        """Has files that are gone when they are read, each time another one."""

        def read(self, *_: Any) -> pa.Table:
            raise FileNotFoundError(next(names))

    write(tmp_path, "a.parquet", row(BEGIN))
    with pytest.raises(DatasetError, match="change too fast"):
        History(Gone(tmp_path)).read(Query(1))


def test_a_day_is_listed_anew_only_where_it_may_be_another(tmp_path: Path) -> None:
    listed: list[date] = []

    class Listed(Objects):
        """Notes which days are listed."""

        def list(self, day: date, known: Any) -> Any:
            listed.append(day)
            return super().list(day, known)

    write(tmp_path, "a.parquet", row(BEGIN))
    now_s = 0.0
    files = Files(Listed(Location(str(tmp_path)), lambda: now_s), lambda: now_s)
    for _ in range(3):
        assert files.days() == [DAY]
        assert len(files.of_day(DAY)) == 1
    assert listed == [DAY]
    write(tmp_path, "b.parquet", row(BEGIN))
    (tmp_path / "_final_until.json").write_text("b")
    files.days()
    assert len(files.of_day(DAY)) == 2
    now_s = 601.0
    files.of_day(DAY)
    assert listed == [DAY] * 3


def pages(history: History, query: Query) -> Iterator[list[datetime]]:
    """Give the starts on each page, for as long as there is another behind it."""
    place = None
    while True:
        rows, place = history.read(query._replace(after=place))
        yield rows["window_start"].to_pylist()
        if place is None:
            return


def test_a_page_ends_when_its_time_is_over_and_the_next_goes_on_behind_it(tmp_path: Path) -> None:
    found_at = [BEGIN - timedelta(days=day, minutes=7 * day) for day in range(10)]
    for number, at in enumerate(found_at):
        write(tmp_path, f"{number}.parquet", row(at), row(at, "AAPL"))
    seconds = count()  # each look at the clock is a second after the one before
    history = History(Folder(tmp_path), lambda: next(seconds))
    query = Query(1000, symbol="IBM", within_s=5)
    found = list(pages(history, query))
    assert [at for page in found for at in page] == found_at
    assert 1 < len(found) <= 10
    assert all(len(page) < 10 for page in found)


def test_who_asks_for_what_is_not_there_has_not_all_read_at_once(tmp_path: Path) -> None:
    for day in range(40):
        write(tmp_path, f"{day}.parquet", row(BEGIN - timedelta(days=day)))
    source, seconds = Counted(tmp_path), count()
    history = History(source, lambda: next(seconds))
    query = Query(1000, symbol="NONE", within_s=5)
    rows, behind = history.read(query)
    assert (len(rows), behind is None) == (0, False)
    assert len(source.asked) < 5
    assert [at for page in pages(history, query) for at in page] == []
    assert len(source.asked) == 40


class Slow(Folder):
    """Reads a thousand rows a second, and notes how many it had to hold at once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.now_s = 0.0
        self.most_rows = 0

    def read(self, *asked: Any) -> pa.Table:
        rows = super().read(*asked)
        self.now_s += len(rows) / 1000
        self.most_rows = max(self.most_rows, len(rows))
        return rows


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Give a dataset of ten minutes of 100 symbols, and, after it, an hour of one."""
    monkeypatch.setattr("gateway.history.cache._SMALL_BYTES", 0)
    full = [row(BEGIN + at * SECOND, f"S{of:02}") for at in range(0, 600, 5) for of in range(100)]
    sparse = [row(BEGIN + (600 + at) * SECOND) for at in range(0, 3600, 60)]
    write(tmp_path, "full.parquet", *full)
    write(tmp_path, "sparse.parquet", *sparse)
    size = (tmp_path / f"window_date={DAY}" / "full.parquet").stat().st_size
    monkeypatch.setattr("gateway.history.pages._MOST_BYTES", size // 20)
    return Slow(tmp_path)


def test_of_many_symbols_a_page_is_found_in_time_and_none_is_lost_or_there_twice(
    slow: Slow,
) -> None:
    history = History(slow, lambda: slow.now_s)
    query, found, place = Query(1000, end=BEGIN + 600 * SECOND, within_s=3), [], None
    while True:
        began_s = slow.now_s
        rows, place = history.read(query._replace(after=place))
        assert slow.now_s - began_s < 3 + 1
        found += rows.select(["window_start", "symbol"]).to_pylist()
        if place is None:
            break
    expected = [
        {"window_start": BEGIN + at * SECOND, "symbol": f"S{of:02}"}
        for at in range(595, -5, -5)
        for of in range(100)
    ]
    assert found == expected


def test_behind_times_of_few_windows_no_long_span_of_many_is_read(slow: Slow) -> None:
    query = Query(5000, begin=BEGIN)
    page = History(slow, lambda: slow.now_s).read(query)
    assert len(page.rows) == 5000
    assert slow.most_rows < 1500


def test_of_one_symbol_more_is_read_at_once_as_little_of_it_is_held(slow: Slow) -> None:
    rows, place = History(slow, lambda: slow.now_s).read(Query(1000, symbol="S07"))
    assert (len(rows), place) == (120, None)


def test_the_last_day_of_the_calendar_is_read_like_any_other(tmp_path: Path) -> None:
    last = datetime(9999, 12, 31, 23, 58, tzinfo=UTC)
    write(tmp_path, "a.parquet", row(BEGIN))
    write(tmp_path, "b.parquet", row(last))
    assert list(pages(History(Folder(tmp_path)), Query(1))) == [[last], [BEGIN]]


def test_all_of_a_span_is_read_in_parts_of_which_the_oldest_comes_first(tmp_path: Path) -> None:
    rows = [row(BEGIN + at * SECOND) for at in range(7)]
    rows += [row(BEGIN + 3 * SECOND, symbol) for symbol in ("A", "B", "C", "D")]
    write(tmp_path, "a.parquet", *rows, row(BEGIN - SECOND), row(BEGIN + 7 * SECOND))
    query = Query(2, begin=BEGIN, end=BEGIN + 7 * SECOND)
    parts = History(Folder(tmp_path)).oldest_first(query)
    found = [part.select(["window_start", "symbol"]).to_pylist()[::-1] for part in parts]
    starts = [(it["window_start"] - BEGIN) / SECOND for part in found for it in part]
    assert starts == [0, 1, 2, 3, 3, 3, 3, 3, 4, 5, 6]
    assert len({(it["window_start"], it["symbol"]) for part in found for it in part}) == 11
    assert max(map(len, found)) == 2
