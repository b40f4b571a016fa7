"""Files that are whole or not there."""

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from contracts.files import make_folder, set_aside_name, temporary_of, write_whole


@pytest.mark.parametrize("synced", [True, False])
def test_a_file_is_there_with_all_of_its_content_and_nothing_else_is(
    tmp_path: Path, *, synced: bool
) -> None:
    path = tmp_path / "some.json"
    path.write_bytes(b"old")
    write_whole(path, b"new", synced=synced)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("synced", [True, False])
def test_where_the_disk_takes_nothing_the_old_file_stays(tmp_path: Path, *, synced: bool) -> None:
    path = tmp_path / "some.json"
    path.write_bytes(b"old")
    temporary_of(path).mkdir()  # in the way, as nothing stops root from writing
    with pytest.raises(OSError, match="directory"):
        write_whole(path, b"new", synced=synced)
    assert path.read_bytes() == b"old"


def test_a_file_that_is_not_finished_has_a_name_that_no_reader_takes() -> None:
    assert temporary_of(Path("/data/status/producer.json")).name == ".producer.json.tmp"


def test_a_folder_is_made_with_those_above_it_and_all_of_their_names_come_on_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(
        os, "fsync", lambda it: synced.append(Path(f"/proc/self/fd/{it}").readlink())
    )
    for _ in range(2):  # one that is there may not be on the disk yet
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert synced == [tmp_path, tmp_path / "a", tmp_path / "a"]


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5, minutes=30))])
def test_what_is_set_aside_is_named_by_the_moment_in_utc(zone: timezone) -> None:
    now = datetime(2026, 1, 2, 15, 4, 5, 6, UTC).astimezone(zone)
    assert set_aside_name(Path("alerts.sqlite"), now) == Path(
        "alerts.set-aside-20260102T150405.000006Z"
    )
    assert set_aside_name(Path("aggregates"), now) == Path(
        "aggregates.set-aside-20260102T150405.000006Z"
    )
