"""What lies below the folder of aggregates: days, and in each the files with what tells them."""

import os
from datetime import date
from pathlib import Path
from typing import NamedTuple

from contracts.dataset import PARTITION_COLUMN
from dashboard.errors import VolumeError


class Fingerprint(NamedTuple):
    """What tells that a file is as it was: time of change (nanoseconds) and size (bytes)."""

    changed_ns: int
    size: int


def list_days(directory: Path) -> list[date]:
    """List the days that have a folder, newest first; raises `VolumeError`."""
    try:
        names = [folder.name for folder in directory.iterdir()]
    except OSError as error:
        raise VolumeError(f"{directory}: {error.strerror}") from error
    return sorted(filter(None, map(_day_of, names)), reverse=True)


def folder_of(directory: Path, day: date) -> Path:
    """Give the folder of a day."""
    return directory / f"{PARTITION_COLUMN}={day}"


def changed_ns(folder: Path) -> int:
    """Tell when a file last came or went; raises `FileNotFoundError` and `VolumeError`."""
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:
        raise
    except OSError as error:
        raise VolumeError(f"{folder}: {error.strerror}") from error


def list_files(folder: Path, known: dict[str, Fingerprint]) -> dict[str, Fingerprint]:
    """List the files of a folder; those in `known` are taken to be as they were.

    Raises `FileNotFoundError` where the folder is gone and `VolumeError` where it cannot be read.
    """
    found = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name in known:
                    found[entry.name] = known[entry.name]
                elif not entry.name.startswith(("_", ".")):
                    _note(entry, found)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise VolumeError(f"{folder}: {error.strerror}") from error
    return found


def _note(entry: os.DirEntry[str], found: dict[str, Fingerprint]) -> None:
    try:
        it = entry.stat()
    except FileNotFoundError:
        return
    if entry.is_file():
        found[entry.name] = Fingerprint(it.st_mtime_ns, it.st_size)


def _day_of(name: str) -> date | None:
    column, _, value = name.partition("=")
    try:
        return date.fromisoformat(value) if column == PARTITION_COLUMN else None
    except ValueError:
        return None
