"""The store holds what the files hold, whatever happens to them."""

import itertools
import os
import random
from datetime import timedelta

import pytest
from conftest import NOON, table, window, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from dashboard.errors import VolumeError
from dashboard.store import SCHEMA, Store, _fingerprints, _read_file

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def ends(snapshot):
    return sorted(snapshot.windows["window_end"].to_pylist())


def test_an_empty_folder_has_no_windows(aggregates):
    snapshot = Store(aggregates).look(HOUR)
    assert snapshot.windows.num_rows == 0
    assert snapshot.arrived_at is None


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(VolumeError, match="nothing-here: No such file or directory"):
        Store(tmp_path / "nothing-here").look(HOUR)


def test_the_columns_are_those_that_are_shown(aggregates):
    write(aggregates, "a.parquet", window())
    assert Store(aggregates).look(HOUR).windows.schema == SCHEMA


def test_a_look_without_change_reads_nothing(aggregates, monkeypatch):
    write(aggregates, "a.parquet", window())
    store = Store(aggregates)
    first = store.look(HOUR)
    monkeypatch.setattr("dashboard.store._read_file", lambda path: pytest.fail(f"read {path}"))
    assert store.look(HOUR).version == first.version


def test_only_the_new_file_is_read(aggregates, monkeypatch):
    read = []
    monkeypatch.setattr(
        "dashboard.store._read_file", lambda path: read.append(path.name) or _read_file(path)
    )
    store = Store(aggregates)
    for name in ("a.parquet", "b.parquet"):
        write(aggregates, name, window(end=NOON + timedelta(seconds=5 * len(read))))
        store.look(HOUR)
    assert read == ["a.parquet", "b.parquet"]
    assert len(ends(store.look(HOUR))) == 2


def test_a_changed_file_replaces_what_was_read_from_it(aggregates):
    store = Store(aggregates)
    write(aggregates, "a.parquet", window(average=100.0))
    write(aggregates, "b.parquet", window("AAPL"))
    before = store.look(HOUR)
    write(aggregates, "a.parquet", window(average=200.0), window("MSFT"))
    after = store.look(HOUR)
    assert after.version != before.version
    rows = {row["symbol"]: row["avg_price"] for row in after.windows.to_pylist()}
    assert rows == {"IBM": 200.0, "AAPL": 100.0, "MSFT": 100.0}


def test_a_vanished_file_takes_its_windows_with_it(aggregates):
    store = Store(aggregates)
    path = write(aggregates, "a.parquet", window())
    store.look(HOUR)
    path.unlink()
    assert store.look(HOUR).windows.num_rows == 0
    path.parent.rmdir()
    assert store.look(HOUR).broken == ()


def test_a_file_that_vanishes_under_the_look_is_no_error(aggregates, monkeypatch):
    path = write(aggregates, "a.parquet", window())

    def too_late(path):
        path.unlink()
        return _read_file(path)

    monkeypatch.setattr("dashboard.store._read_file", too_late)
    snapshot = Store(aggregates).look(HOUR)
    assert not path.exists()
    assert snapshot.windows.num_rows == 0
    assert snapshot.broken == ()


def test_a_truncated_file_is_left_out_and_named_until_it_is_whole(aggregates):
    write(aggregates, "a.parquet", window())
    path = write(aggregates, "b.parquet", window("AAPL"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    store = Store(aggregates)
    snapshot = store.look(HOUR)
    assert snapshot.windows["symbol"].to_pylist() == ["IBM"]
    assert [file.name for file in snapshot.broken] == ["window_date=2026-03-02/b.parquet"]
    assert "\n" not in snapshot.broken[0].reason
    path.write_bytes(whole)
    mended = store.look(HOUR)
    assert mended.broken == ()
    assert sorted(mended.windows["symbol"].to_pylist()) == ["AAPL", "IBM"]


def test_a_broken_file_is_not_read_again_while_it_is_the_same(aggregates, monkeypatch):
    folder = write(aggregates, "a.parquet", window()).parent
    (folder / "b.parquet").write_bytes(b"PAR1")
    store = Store(aggregates)
    store.look(HOUR)
    monkeypatch.setattr("dashboard.store._read_file", lambda path: pytest.fail(f"read {path}"))
    assert len(store.look(HOUR).broken) == 1


def test_a_broken_file_that_goes_is_no_longer_named(aggregates):
    folder = write(aggregates, "a.parquet", window()).parent
    (folder / "b.parquet").write_bytes(b"")
    store = Store(aggregates)
    store.look(HOUR)
    (folder / "b.parquet").unlink()
    assert store.look(HOUR).broken == ()


def test_a_file_that_lacks_a_column_is_named_with_it(aggregates):
    path = write(aggregates, "a.parquet", window())
    parquet.write_table(table(window()).drop_columns("max_price"), path)
    assert Store(aggregates).look(HOUR).broken[0].reason == "lacks the column max_price"


def test_hidden_files_and_other_folders_are_nobodys_business(aggregates):
    folder = write(aggregates, "a.parquet", window()).parent
    for name in (".b.parquet.tmp", "_SUCCESS"):
        (folder / name).write_bytes(b"half")
    (folder / "nested").mkdir()
    (aggregates / "_temporary").mkdir()
    (aggregates / "window_date=never").mkdir()
    snapshot = Store(aggregates).look(HOUR)
    assert snapshot.windows.num_rows == 1
    assert snapshot.broken == ()


def test_only_the_days_that_the_range_needs_are_read(aggregates, monkeypatch):
    read = []
    monkeypatch.setattr(
        "dashboard.store._read_file", lambda path: read.append(path.name) or _read_file(path)
    )
    for days in range(4):
        write(aggregates, f"{days}.parquet", window(end=NOON - days * DAY))
    store = Store(aggregates)
    assert ends(store.look(HOUR)) == [NOON]
    assert read == ["0.parquet"]
    assert ends(store.look(DAY)) == [NOON - DAY, NOON]
    assert len(ends(store.look(None))) == 4
    assert ends(store.look(HOUR)) == [NOON]


def test_a_range_over_midnight_needs_the_day_before(aggregates):
    midnight = NOON.replace(hour=0)
    write(aggregates, "a.parquet", window(end=midnight - timedelta(seconds=5)))
    write(aggregates, "b.parquet", window(end=midnight + timedelta(minutes=2)))
    assert len(ends(Store(aggregates).look(timedelta(minutes=5)))) == 2


def test_a_long_history_is_read_in_parts_the_newest_first(aggregates):
    for at in range(10):
        path = write(aggregates, f"{at}.parquet", window(end=NOON + timedelta(seconds=at)))
        os.utime(path, (at, at))
    store = Store(aggregates, read_for_s=0)
    first = store.look(HOUR)
    assert ends(first) == [NOON + timedelta(seconds=9)]
    assert first.unread == 9
    for _ in range(9):
        last = store.look(HOUR)
    assert last.unread == 0
    assert len(ends(last)) == 10
    assert last.arrived_at.timestamp() == 9


def test_a_history_of_many_days_is_read_in_parts_too(aggregates):
    for days in range(5):
        write(aggregates, "a.parquet", window(end=NOON - days * DAY))
    store = Store(aggregates, read_for_s=2, clock=itertools.count().__next__)
    first = store.look(None)
    assert 1 <= len(ends(first)) < 5
    assert ends(first)[-1] == NOON
    assert first.unread == 5 - len(ends(first))
    for _ in range(5):
        last = store.look(None)
    assert (len(ends(last)), last.unread) == (5, 0)


def test_the_oldest_days_go_when_there_are_more_rows_than_are_held(aggregates):
    for days in range(4):
        write(aggregates, "a.parquet", *(window(f"S{at}", NOON - days * DAY) for at in range(10)))
    store = Store(aggregates, max_rows=25)
    store.look(None)
    snapshot = store.look(None)
    assert snapshot.cut
    assert set(ends(snapshot)) == {NOON, NOON - DAY}
    again = store.look(None)
    assert again.version == snapshot.version


def test_days_of_the_past_are_listed_when_a_file_comes_or_goes_and_now_and_then(
    aggregates, monkeypatch
):
    now = 0.0
    old = write(aggregates, "a.parquet", window(end=NOON - DAY))
    write(aggregates, "b.parquet", window())
    store = Store(aggregates, clock=lambda: now)
    store.look(None)
    listed = []
    monkeypatch.setattr(
        "dashboard.store._fingerprints",
        lambda folder: listed.append(folder.name) or _fingerprints(folder),
    )
    store.look(None)
    assert listed == ["window_date=2026-03-02"]
    old.with_name("c.parquet").write_bytes(old.read_bytes())
    assert store.look(None).windows.num_rows == 3
    old.write_bytes(b"changed in place")
    assert store.look(None).broken == ()
    now = 31.0
    assert len(store.look(None).broken) == 1


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
    store = Store(aggregates, read_for_s=1e9, clock=itertools.count(step=31).__next__)
    rng = random.Random(1)
    clock = 1_000_000_000
    for what, number, at in changes:
        end = NOON + timedelta(hours=13 * (number % 2), seconds=at)
        day = aggregates / f"window_date={(end - timedelta(minutes=1)).date()}"
        path = day / f"{number}.parquet"
        if what == "write":
            write(aggregates, path.name, window(end=end, average=rng.uniform(1, 99)))
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
        store.look(None)
    held, fresh = store.look(None), Store(aggregates).look(None)
    order = [("window_end", "ascending"), ("avg_price", "ascending")]
    assert held.windows.sort_by(order).to_pylist() == fresh.windows.sort_by(order).to_pylist()
    assert held.broken == fresh.broken
    assert held.unread == 0
