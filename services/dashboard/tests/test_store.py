"""The store holds what the files hold, whatever happens to them."""

import itertools
import os
import queue
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from conftest import DAY, HOUR, MINUTE, NOON, SECOND, store_of, table, window, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from contracts.arrow import SCHEMA
from contracts.reader import DatasetError
from contracts.reader.folder import Folder
from contracts.times import from_us, to_us
from dashboard.store import Follower, merge, read_rows
from dashboard.store import day as day_module
from dashboard.store.bars import MINUTE_US

IBM = ("IBM", "synthetic")
read_file = Folder.parts


def held(snapshot, key=IBM, span=None):
    """Give the ends of a symbol's bars in the range."""
    if snapshot.newest is None:
        return []
    until = to_us(snapshot.newest.window_end)
    after = None if span is None else until - span // timedelta(microseconds=1)
    return [from_us(end) for end in snapshot.bars(key, after, until).end.tolist()]


@pytest.fixture
def read(monkeypatch):
    names = []

    def reading(folder, day, name, schema):
        names.append(name)
        return read_file(folder, day, name, schema)

    monkeypatch.setattr(Folder, "parts", reading)
    return names


def test_an_empty_folder_has_no_windows(aggregates):
    snapshot = store_of(Folder(aggregates)).refresh()
    assert snapshot.newest is None
    assert snapshot.arrived_at is None


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(DatasetError, match="nothing-here: No such file or directory"):
        store_of(Folder(tmp_path / "nothing-here")).refresh()


def test_the_newest_window_and_its_sources_are_known(aggregates):
    write(aggregates, "a.parquet", window(), window(source="finnhub"), window(end=NOON - MINUTE))
    newest = store_of(Folder(aggregates)).refresh().newest
    assert (newest.window_end, newest.sources) == (NOON, {"synthetic", "finnhub"})


def test_a_look_without_change_reads_nothing(aggregates, read):
    write(aggregates, "a.parquet", window())
    store = store_of(Folder(aggregates))
    first = store.refresh()
    assert store.refresh().version == first.version
    assert read == ["a.parquet"]


def test_only_the_new_file_is_read(aggregates, read):
    store = store_of(Folder(aggregates))
    for at, name in enumerate(("a.parquet", "b.parquet")):
        write(aggregates, name, window(end=NOON + at * 5 * SECOND))
        last = store.refresh()
    assert read == ["a.parquet", "b.parquet"]
    assert len(held(last)) == 2


def test_a_changed_file_replaces_what_was_read_from_it(aggregates):
    now = 0.0
    store = store_of(Folder(aggregates), clock=lambda: now)
    write(aggregates, "a.parquet", window(average=100.0))
    write(aggregates, "b.parquet", window("AAPL"))
    before = store.refresh()
    write(aggregates, "a.parquet", window(average=200.0), window("MSFT"))
    now = 31.0
    after = store.refresh()
    assert after.version != before.version
    assert set(after.keys) == {(symbol, "synthetic") for symbol in ("IBM", "AAPL", "MSFT")}
    until = to_us(NOON)
    assert after.bars(IBM, None, until).average.tolist() == [200.0]


def test_a_vanished_file_takes_its_windows_with_it(aggregates):
    store = store_of(Folder(aggregates))
    path = write(aggregates, "a.parquet", window())
    write(aggregates, "b.parquet", window("AAPL"))
    store.refresh()
    path.unlink()
    assert set(store.refresh().keys) == {("AAPL", "synthetic")}


def test_a_vanished_day_takes_its_windows_with_it(aggregates):
    store = store_of(Folder(aggregates))
    path = write(aggregates, "a.parquet", window())
    write(aggregates, "a.parquet", window(end=NOON - DAY))
    store.refresh()
    path.unlink()
    path.parent.rmdir()
    store.refresh()
    assert held(store.refresh()) == [NOON - DAY]


def test_after_all_is_wiped_older_windows_are_held_as_they_are(aggregates):
    store = store_of(Folder(aggregates))
    path = write(aggregates, "a.parquet", window())
    store.refresh()
    path.unlink()
    path.parent.rmdir()
    rows = [window(end=NOON - 9 * DAY + at * 5 * SECOND) for at in range(3)]
    write(aggregates, "b.parquet", *rows)
    assert len(held(store.refresh())) == 3


def test_a_file_that_vanishes_under_the_look_is_no_error(aggregates, monkeypatch):
    path = write(aggregates, "a.parquet", window())

    def too_late(*asked):
        path.unlink()
        return read_file(*asked)

    monkeypatch.setattr(Folder, "parts", too_late)
    snapshot = store_of(Folder(aggregates)).refresh()
    assert not path.exists()
    assert snapshot.newest is None
    assert snapshot.broken == ()


def test_a_file_that_is_listed_and_lost_is_named_until_it_is_back(aggregates, monkeypatch):
    write(aggregates, "a.parquet", window())
    write(aggregates, "b.parquet", window())
    asked, now = [], 0.0

    def lost(folder, day, name, schema):
        asked.append(name)
        if name == "b.parquet":
            raise FileNotFoundError(name)
        return read_file(folder, day, name, schema)

    monkeypatch.setattr(Folder, "parts", lost)
    store = store_of(Folder(aggregates), clock=lambda: now)
    snapshots = [store.refresh() for _ in range(4)]
    assert snapshots[0].broken == ()
    assert snapshots[-1].broken == (("window_date=2026-03-02/b.parquet", "it is missing"),)
    assert snapshots[-1].pending == ()
    assert sorted(asked) == ["a.parquet", "b.parquet", "b.parquet"]
    monkeypatch.setattr(Folder, "parts", read_file)
    now = 31.0
    back = store.refresh()
    assert (back.broken, back.files) == ((), 2)


def test_a_file_that_may_not_be_read_is_named_until_it_may(aggregates, monkeypatch):
    write(aggregates, "a.parquet", window())
    write(aggregates, "b.parquet", window())
    now = 0.0

    def refused(folder, day, name, schema):
        if name == "b.parquet":
            raise PermissionError(13, "Permission denied")
        return read_file(folder, day, name, schema)

    monkeypatch.setattr(Folder, "parts", refused)
    store = store_of(Folder(aggregates), clock=lambda: now)
    assert [file.name for file in store.refresh().broken] == ["window_date=2026-03-02/b.parquet"]
    monkeypatch.setattr(Folder, "parts", read_file)
    now = 31.0
    back = store.refresh()
    assert (back.broken, back.files) == ((), 2)


def test_a_truncated_file_is_left_out_and_named_until_it_is_whole(aggregates):
    now = 0.0
    write(aggregates, "a.parquet", window())
    path = write(aggregates, "b.parquet", window("AAPL"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    store = store_of(Folder(aggregates), clock=lambda: now)
    snapshot = store.refresh()
    assert set(snapshot.keys) == {IBM}
    assert [file.name for file in snapshot.broken] == ["window_date=2026-03-02/b.parquet"]
    assert "\n" not in snapshot.broken[0].reason
    path.write_bytes(whole)
    now = 31.0
    mended = store.refresh()
    assert mended.broken == ()
    assert set(mended.keys) == {IBM, ("AAPL", "synthetic")}


def test_a_broken_file_is_not_read_again_while_it_is_the_same(aggregates, read):
    folder = write(aggregates, "a.parquet", window()).parent
    (folder / "b.parquet").write_bytes(b"PAR1")
    store = store_of(Folder(aggregates), clock=itertools.count(step=31).__next__)
    store.refresh()
    assert len(store.refresh().broken) == 1
    assert sorted(read) == ["a.parquet", "b.parquet"]


def test_a_broken_file_that_goes_is_no_longer_named(aggregates):
    folder = write(aggregates, "a.parquet", window()).parent
    (folder / "b.parquet").write_bytes(b"")
    store = store_of(Folder(aggregates))
    store.refresh()
    (folder / "b.parquet").unlink()
    assert store.refresh().broken == ()


def test_a_file_that_lacks_a_column_is_named_with_it(aggregates):
    path = write(aggregates, "a.parquet", window())
    parquet.write_table(table(window()).drop_columns("max_price"), path)
    assert store_of(Folder(aggregates)).refresh().broken[0].reason == "lacks the column max_price"


@pytest.mark.parametrize(
    "symbols",
    [
        pa.array([None], pa.string()),
        pa.array([b"\xff"]).cast(pa.string(), safe=False),  # not UTF-8
    ],
    ids=["none", "no text"],
)
def test_a_file_with_a_row_without_a_symbol_takes_no_other_s_windows_with_it(aggregates, symbols):
    path = write(aggregates, "b.parquet", window())
    parquet.write_table(table(window()).set_column(0, "symbol", symbols), path)
    write(aggregates, "a.parquet", window())
    snapshot = store_of(Folder(aggregates)).refresh()
    assert [file.name for file in snapshot.broken] == ["window_date=2026-03-02/b.parquet"]
    assert set(snapshot.keys) == {IBM}


def test_files_with_a_column_more_or_a_nullable_one_less_are_read_beside_each_other(aggregates):
    path = write(aggregates, "older.parquet", window())
    parquet.write_table(table(window()).drop_columns(["vwap", "stddev_price"]), path)
    newer = table(window(end=NOON + MINUTE, vwap=3.0)).append_column("later", pa.array([100.0]))
    parquet.write_table(newer, path.with_name("newer.parquet"))
    snapshot = store_of(Folder(aggregates)).refresh()
    assert snapshot.broken == ()
    assert held(snapshot) == [NOON, NOON + MINUTE]
    vwap = snapshot.bars(("IBM", "synthetic"), None, to_us(NOON + MINUTE)).vwap
    assert np.isnan(vwap[0])
    assert vwap[1] == 3.0


def exported(aggregates, after=NOON - MINUTE, until=NOON + MINUTE, symbols=("IBM",)):
    return read_rows(Folder(aggregates), symbols, ("synthetic",), after, until, length=MINUTE)


def test_exported_rows_have_all_columns_of_the_dataset_whatever_their_files_have(aggregates):
    path = write(aggregates, "older.parquet", window(stddev_price=0.5))
    parquet.write_table(table(window()).drop_columns(["vwap", "stddev_price"]), path)
    newer = table(window(end=NOON + MINUTE, vwap=3.0)).append_column("later", pa.array([100.0]))
    parquet.write_table(newer, path.with_name("newer.parquet"))
    rows = exported(aggregates)
    assert rows.schema == SCHEMA
    assert rows["vwap"].to_pylist() == [None, 3.0]
    assert rows["window_end"].to_pylist() == [NOON, NOON + MINUTE]


def test_exported_rows_are_those_that_were_asked_for_each_once(aggregates):
    rows = [window(), window("AAPL"), window(source="finnhub"), window(end=NOON - MINUTE)]
    write(aggregates, "a.parquet", *rows)
    write(aggregates, "b.parquet", window(), window(end=NOON + 2 * MINUTE))
    (aggregates / "window_date=2026-03-02" / "c.parquet").write_bytes(b"PAR1")
    assert exported(aggregates)["window_end"].to_pylist() == [NOON]
    assert exported(aggregates, symbols=()).num_rows == 0
    assert exported(aggregates, symbols=()).schema == SCHEMA


def test_rows_of_files_that_are_merged_meanwhile_are_exported(aggregates, monkeypatch):
    small = [write(aggregates, f"{at}.parquet", window(end=NOON + at * SECOND)) for at in range(3)]

    def merged_meanwhile(*asked):
        for it in small:
            it.unlink(missing_ok=True)
        write(aggregates, "merged.parquet", *[window(end=NOON + at * SECOND) for at in range(3)])
        return read_file(*asked)

    monkeypatch.setattr(Folder, "parts", merged_meanwhile)
    assert exported(aggregates).num_rows == 3


def test_a_folder_that_changes_all_the_time_is_no_export(aggregates, monkeypatch):
    names = itertools.count()

    def gone(*_):
        raise FileNotFoundError(next(names))

    write(aggregates, "a.parquet", window())
    monkeypatch.setattr(Folder, "parts", gone)
    with pytest.raises(DatasetError, match="change too fast"):
        exported(aggregates)


def test_a_window_over_midnight_is_exported_with_the_day_that_it_ends_in(aggregates):
    midnight = NOON.replace(hour=0)
    write(aggregates, "a.parquet", window(end=midnight + 5 * SECOND))
    found = exported(aggregates, midnight, midnight + MINUTE)
    assert found["window_end"].to_pylist() == [midnight + 5 * SECOND]


def test_a_window_of_weeks_is_shown_and_exported_though_it_begins_long_before_the_range(aggregates):
    weeks = 28 * DAY
    write(aggregates, "a.parquet", window(end=NOON, length=weeks))
    write(aggregates, "b.parquet", window(end=NOON + 7 * DAY, length=weeks))
    snapshot = store_of(Folder(aggregates)).refresh()
    assert held(snapshot, span=8 * DAY) == [NOON, NOON + 7 * DAY]
    asked = ("IBM",), ("synthetic",), NOON - DAY, NOON + 7 * DAY
    rows = read_rows(Folder(aggregates), *asked, length=weeks)
    assert rows["window_end"].to_pylist() == [NOON, NOON + 7 * DAY]


def test_hidden_files_and_other_folders_are_nobodys_business(aggregates):
    folder = write(aggregates, "a.parquet", window()).parent
    for name in (".b.parquet.tmp", "_SUCCESS"):
        (folder / name).write_bytes(b"half")
    (folder / "nested").mkdir()
    (aggregates / "_temporary").mkdir()
    (aggregates / "window_date=never").mkdir()
    snapshot = store_of(Folder(aggregates)).refresh()
    assert held(snapshot) == [NOON]
    assert snapshot.broken == ()


def test_a_range_over_midnight_has_windows_of_both_days(aggregates):
    midnight = NOON.replace(hour=0)
    write(aggregates, "a.parquet", window(end=midnight - 5 * SECOND))
    write(aggregates, "b.parquet", window(end=midnight + 2 * MINUTE))
    assert len(held(store_of(Folder(aggregates)).refresh(), span=5 * MINUTE)) == 2


def test_over_midnight_too_a_minute_has_one_bar(aggregates):
    midnight = NOON + 12 * HOUR
    write(aggregates, "a.parquet", window(end=midnight + 55 * SECOND, average=50.0))
    write(aggregates, "b.parquet", window(end=midnight + MINUTE), window(end=midnight + 8 * HOUR))
    bars = store_of(Folder(aggregates)).refresh().bars(IBM, None, to_us(midnight + MINUTE))
    assert bars.end.tolist() == [to_us(midnight + MINUTE)]
    assert (bars.low.tolist(), bars.high.tolist()) == ([49.0], [101.0])


def test_a_long_history_is_read_in_parts_the_newest_first(aggregates):
    for at in range(10):
        path = write(aggregates, f"{at}.parquet", window(end=NOON + at * SECOND))
        os.utime(path, (at, at))
    store = store_of(Folder(aggregates), read_for_s=0)
    first = store.refresh()
    assert held(first) == [NOON + 9 * SECOND]
    assert first.pending == (NOON.date(),)
    for _ in range(9):
        last = store.refresh()
    assert last.pending == ()
    assert len(held(last)) == 10
    assert last.arrived_at.timestamp() == 9


def test_windows_came_when_they_were_written_and_not_when_their_files_were_merged(aggregates):
    rows = [window(end=NOON + at * SECOND) for at in range(2)]
    small = [write(aggregates, f"{at}.parquet", row) for at, row in enumerate(rows)]
    for path in small:
        os.utime(path, (100, 100))
    store = store_of(Folder(aggregates))
    store.refresh()
    os.utime(write(aggregates, "merged.parquet", *rows), (700, 700))
    beside = store.refresh()
    for path in small:
        path.unlink()
    alone = store.refresh()
    assert beside.files == 3
    assert alone.files == 1
    assert beside.arrived_at.timestamp() == alone.arrived_at.timestamp() == 100
    os.utime(write(aggregates, "next.parquet", window(end=NOON + MINUTE)), (800, 800))
    assert store.refresh().arrived_at.timestamp() == 800


def test_while_files_are_merged_their_windows_count_once(aggregates):
    ends = [NOON + at * 10 * SECOND for at in range(1, 7)]
    rows = [window(end=end, length=10 * SECOND, volume=5.0) for end in ends]
    for at, row in enumerate(rows):
        os.utime(write(aggregates, f"{at}.parquet", row), (at, at))
    os.utime(write(aggregates, "merged.parquet", *rows), (100, 100))
    store = store_of(Folder(aggregates), read_for_s=0)  # a file at a time, the newest first
    for files in range(1, 8):
        snapshot = store.refresh()
        minute = snapshot.fine_bars(IBM, 0, to_us(NOON + MINUTE), MINUTE_US)
        assert snapshot.files == files
        assert (minute.volume.tolist(), minute.quotes.tolist()) == ([30.0], [6.0])


def test_a_file_of_very_many_windows_is_read_in_parts_and_then_counts(aggregates):
    """An hour of thousands of symbols: all of it at once would need gigabytes."""
    path = write(aggregates, "hour.parquet", window())
    midnight = to_us(NOON.replace(hour=0))
    starts = midnight + 1_000_000 * np.arange(80_000)
    hour = table(window()).take(pa.array(np.zeros(len(starts), np.int64)))
    for name, times in (("window_start", starts), ("window_end", starts + MINUTE_US)):
        column = pa.array(times).cast(SCHEMA.field(name).type)
        hour = hour.set_column(SCHEMA.get_field_index(name), SCHEMA.field(name), column)
    parquet.write_table(hour, path, row_group_size=5000)
    os.utime(path, (100, 100))
    store = store_of(Folder(aggregates), max_windows=20_000)
    part = store.refresh()
    assert (part.files, part.pending) == (0, (NOON.date(),))
    assert part.arrived_at.timestamp() == 100
    assert max(len(it.windows) for _, it in part.days) <= 20_000
    whole = store.refresh()
    assert (whole.files, whole.pending) == (1, ())
    minutes = whole.fine_bars(IBM, 0, int(starts[-1]) + MINUTE_US, MINUTE_US)
    assert len(minutes) == 1335  # ends from 60 s to 80,059 s of the day
    assert minutes.end.max() == starts[-1] + MINUTE_US


def test_a_history_of_many_days_is_read_in_parts_too(aggregates):
    for days in range(5):
        write(aggregates, "a.parquet", window(end=NOON - days * DAY))
    store = store_of(Folder(aggregates), read_for_s=2, clock=itertools.count().__next__)
    first = store.refresh()
    assert 1 <= len(held(first)) < 5
    assert held(first)[-1] == NOON
    for _ in range(8):
        last = store.refresh()
    assert (len(held(last)), last.pending) == (5, ())


def test_while_a_day_is_read_again_its_windows_are_still_shown(aggregates):
    paths = [write(aggregates, f"{at}.parquet", window(end=NOON + at * MINUTE)) for at in range(4)]
    store_of(Folder(aggregates)).refresh()
    store = store_of(Folder(aggregates), read_for_s=0)
    for _ in range(4):
        store.refresh()
    merged = [window(end=NOON + at * MINUTE) for at in range(3)]
    for path in paths[:3]:
        path.unlink()
    write(aggregates, "merged.parquet", *merged)
    for _ in range(3):
        assert len(held(store.refresh())) == 4


def test_while_a_day_is_read_again_new_windows_are_shown_and_copies_push_none_out(aggregates):
    paths = [write(aggregates, f"{at}.parquet", window(end=NOON + at * MINUTE)) for at in range(4)]
    store = store_of(Folder(aggregates), read_for_s=0, max_windows=6)
    for _ in range(4):
        before = store.refresh()
    for path in paths[:3]:
        path.unlink()
    write(aggregates, "merged.parquet", *[window(end=NOON + at * MINUTE) for at in range(3)])
    new = write(aggregates, "new.parquet", window(end=NOON + 9 * MINUTE))
    os.utime(new, (2e9, 2e9))  # the newest by far
    first = store.refresh()
    assert first.newest.window_end == NOON + 9 * MINUTE
    assert first.pending == (NOON.date(),)
    snapshots = [first, store.refresh(), store.refresh()]
    assert [len(held(it)) for it in snapshots] == [5, 5, 5]
    assert {it.windows_since for it in snapshots} == {before.windows_since}
    assert snapshots[-1].pending == ()


def test_old_windows_become_bars_of_a_minute(aggregates):
    rows = [window(end=NOON - at * 30 * SECOND) for at in range(16 * 120)]
    write(aggregates, "a.parquet", *[it for it in rows if it["window_start"].date() == NOON.date()])
    snapshot = store_of(Folder(aggregates)).refresh()
    assert len(held(snapshot, span=HOUR)) == 120
    assert len(held(snapshot, span=10 * HOUR)) == 600
    assert snapshot.resolution_us(None, to_us(NOON)) == 60_000_000


def test_the_oldest_minutes_become_quarters_where_there_are_too_many(aggregates):
    for days in range(3):
        rows = [window(end=NOON - days * DAY + at * MINUTE, average=at + 1.0) for at in range(30)]
        write(aggregates, "a.parquet", *rows)
    store = store_of(Folder(aggregates), max_bars=70)
    store.refresh()
    bars = store.refresh().bars(IBM, None, to_us(NOON + HOUR))
    assert len(bars) == 30 + 30 + 3 + 3  # nine tenths of 70 in minutes, the other 27 in quarters
    assert bars.high.max() == 31


def test_the_oldest_days_go_where_there_is_no_room_for_quarters(aggregates):
    for days in range(4):
        rows = [window(f"S{at}", NOON - days * DAY) for at in range(10)]
        write(aggregates, "a.parquet", *rows)
    store = store_of(Folder(aggregates), max_bars=15)
    store.refresh()
    snapshot = store.refresh()
    assert snapshot.cut_before == NOON - 2 * DAY
    assert [day for day, _ in snapshot.days] == [(NOON - DAY).date(), NOON.date()]
    assert store.refresh().version == snapshot.version


def test_a_day_of_many_symbols_keeps_its_newest_bars(aggregates):
    symbols = [f"S{at}" for at in range(10)]
    store = store_of(Folder(aggregates), max_bars=60, max_windows=60)
    for hour in range(4):
        ends = [NOON + hour * HOUR + at * MINUTE for at in range(30)]
        write(aggregates, f"{hour}.parquet", *(window(it, end) for end in ends for it in symbols))
        snapshot = store.refresh()
        newest = to_us(NOON + hour * HOUR + 29 * MINUTE)
        for symbol in symbols:
            key = (symbol, "synthetic")
            windows = snapshot.bars(key, newest - 3 * 60_000_000, newest)
            assert windows.end.tolist() == [newest - back * 60_000_000 for back in (2, 1, 0)]
            assert len(snapshot.bars(key, None, newest)) <= 12
    assert snapshot.cut_before == NOON + 2 * HOUR


def test_symbols_of_more_than_may_be_held_are_shown_by_their_newest_window(aggregates):
    store = store_of(Folder(aggregates), max_bars=5, max_windows=5)
    for at in range(3):
        rows = [window(f"S{of}", NOON + at * MINUTE) for of in range(20)]
        write(aggregates, f"{at}.parquet", *rows)
        snapshot = store.refresh()
        assert len(snapshot.keys) == 20
        assert len(snapshot.last_window(("S7", "synthetic"), to_us(NOON + HOUR))) == 1


def test_single_windows_are_bounded(aggregates):
    write(aggregates, "a.parquet", *(window(end=NOON + at * SECOND) for at in range(100)))
    store = store_of(Folder(aggregates), max_windows=50)
    snapshot = store.refresh()
    count = sum(len(tiers.windows) for _, tiers in snapshot.days)
    assert 40 <= count <= 50


def test_the_names_of_many_files_are_let_go_of_and_changes_still_seen(aggregates, monkeypatch):
    monkeypatch.setattr(day_module, "_MANY_FILES", 3)
    for days in range(3):
        for at in range(5):
            write(aggregates, f"{at}.parquet", window(end=NOON - days * DAY + at * MINUTE))
    store = store_of(Folder(aggregates))
    store.refresh()
    old = (NOON - 2 * DAY).date()
    assert store._days[old].shown.files == {}
    write(aggregates, "new.parquet", window("AAPL", NOON - 2 * DAY))
    snapshot = store.refresh()
    assert ("AAPL", "synthetic") in snapshot.keys
    assert len(held(snapshot)) == 15


def test_a_follower_that_is_not_started_looks_when_asked_and_notes_delays(aggregates):
    write(aggregates, "a.parquet", window())
    follower = Follower(Folder(aggregates))
    assert follower.snapshot().newest.window_end == NOON
    write(aggregates, "b.parquet", window(end=NOON + MINUTE))
    assert follower.snapshot().newest.window_end == NOON + MINUTE
    assert len(follower.delays_s) == 1


def test_a_follower_tells_of_each_change_and_looks_at_once_when_asked(aggregates, monkeypatch):
    monkeypatch.setattr("dashboard.store.follower._EVERY_S", 3600.0)
    write(aggregates, "a.parquet", window())
    follower, told = Follower(Folder(aggregates)), queue.SimpleQueue()
    follower.changed = told.put
    follower.start()
    first = told.get(timeout=30)
    assert follower.snapshot().version == first
    write(aggregates, "b.parquet", window(end=NOON + MINUTE))
    follower.look()
    assert told.get(timeout=30) > first
    assert follower.snapshot().newest.window_end == NOON + MINUTE


def test_of_a_replay_of_the_past_no_delay_is_measured(aggregates):
    write(aggregates, "a.parquet", window(source="replay"))
    follower = Follower(Folder(aggregates))
    follower.snapshot()
    write(aggregates, "b.parquet", window(end=NOON + MINUTE, source="replay"))
    assert follower.snapshot().newest.window_end == NOON + MINUTE
    assert list(follower.delays_s) == []


def test_of_a_replay_that_is_moved_to_now_the_delay_is_measured(aggregates):
    now = datetime.now(UTC).replace(microsecond=0)
    write(aggregates, "a.parquet", window(end=now - 8 * SECOND, source="replay"))
    follower = Follower(Folder(aggregates))
    follower.snapshot()
    write(aggregates, "b.parquet", window(end=now - 3 * SECOND, source="replay"))
    follower.snapshot()
    assert follower.delays_s[0] == pytest.approx(3.5, abs=2)


def test_a_follower_tells_that_the_folder_went_and_keeps_what_it_has(aggregates, tmp_path):
    write(aggregates, "a.parquet", window())
    follower = Follower(Folder(aggregates))
    follower.snapshot()
    away = aggregates.rename(tmp_path / "away")
    assert follower.snapshot().newest.window_end == NOON
    assert follower.error == f"{aggregates}: No such file or directory"
    away.rename(aggregates)
    assert follower.snapshot().newest.window_end == NOON
    assert follower.error is None


@pytest.mark.parametrize("failing", ["list", "parts"])
def test_where_a_day_cannot_be_read_it_is_told_and_the_others_are_shown(
    aggregates, monkeypatch, failing
):
    for days in range(3):
        write(aggregates, "a.parquet", window(end=NOON - days * DAY))
    works = getattr(Folder, failing)

    def fails(folder, day, *asked):
        if day == (NOON - DAY).date():
            raise DatasetError("x")
        return works(folder, day, *asked)

    monkeypatch.setattr(Folder, failing, fails)
    store = store_of(Folder(aggregates))
    with pytest.raises(DatasetError, match="x"):
        store.refresh()
    assert held(store.snapshot) == [NOON - 2 * DAY, NOON]
    follower = Follower(Folder(aggregates))
    assert follower.snapshot().newest.window_end == NOON
    assert follower.error == "x"


def test_an_error_of_an_old_day_stays_while_others_have_their_turn(aggregates, monkeypatch):
    monkeypatch.setattr("dashboard.store.store._OTHERS_A_LOOK", 1)
    for days in range(6):
        write(aggregates, "a.parquet", window(end=NOON - days * DAY))
    works, told = Folder.list, []

    def fails(folder, day, *asked):
        if day == (NOON - 3 * DAY).date():
            raise DatasetError("x")
        return works(folder, day, *asked)

    monkeypatch.setattr(Folder, "list", fails)
    store = store_of(Folder(aggregates), read_for_s=0)
    for _ in range(12):
        try:
            store.refresh()
        except DatasetError as error:
            told.append(str(error))
    assert told == ["x"] * 11  # from its first turn on
    assert held(store.snapshot) == [NOON - days * DAY for days in (5, 4, 2, 1, 0)]


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["write", "truncate", "remove", "aside"]),
        st.integers(0, 4),
        st.integers(0, 30),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CHANGES)
def test_after_any_changes_it_holds_what_a_new_store_would(tmp_path_factory, changes):
    aggregates = tmp_path_factory.mktemp("aggregates")
    store = store_of(Folder(aggregates), clock=itertools.count(step=31).__next__)
    clock = 1_000_000_000
    for what, number, at in changes:
        end = NOON + timedelta(hours=13 * (number % 2), seconds=at)
        day = aggregates / f"window_date={(end - timedelta(minutes=1)).date()}"
        path = day / f"{number}.parquet"
        if what == "write":
            write(aggregates, path.name, window(end=end, average=1.0 + at))
        elif what == "aside":
            day.mkdir(exist_ok=True)
            (day / f".{number}.tmp").write_bytes(b"half")
        elif path.exists():
            if what == "remove":
                path.unlink()
            else:
                path.write_bytes(path.read_bytes()[: at + 4])
        if path.exists():
            clock += 1_000_000
            os.utime(path, ns=(clock, clock))
        store.refresh()
    store.refresh()
    old, fresh = store.refresh(), store_of(Folder(aggregates)).refresh()
    until = to_us(NOON + DAY)
    bars = [merge(it.bars(IBM, 0, until), 60_000_000) for it in (old, fresh)]
    for name in ("end", "average", "high", "low", "close"):
        assert getattr(bars[0], name).tolist() == getattr(bars[1], name).tolist()
    assert old.keys == fresh.keys
    assert old.newest == fresh.newest
    assert old.broken == fresh.broken
    assert old.pending == ()
