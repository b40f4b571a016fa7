"""What lies below the folder of aggregates: a folder for each date, and in it the files."""

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import NamedTuple

from contracts.dataset import day_of, is_data_file

_MERGED = re.compile(r"hour-(\d\d)-(\d+)\.parquet")


class File(NamedTuple):
    """A file as it was found: its place, when it was written (ns since 1970), its bytes."""

    path: PurePath
    written_ns: int
    size: int


class Listing(NamedTuple):
    """What a date's folder holds: files for readers, and those that are written aside."""

    files: list[File]
    aside: list[File]
    empty: bool


def date_folders(directory: Path) -> list[Path]:
    """List the folders of dates, the newest first; none where there is no dataset yet."""
    if not directory.exists():
        return []
    return sorted((it for it in directory.iterdir() if day_of(it.name)), reverse=True)


def list_folder(folder: Path) -> Listing:
    """List a date's folder; raises `OSError`. What is neither of both kinds is left out."""
    names, found = 0, []
    with os.scandir(folder) as entries:
        for entry in entries:
            names += 1
            if _is_aside(entry.name) or _is_whole(entry.name):
                found += _as_found(entry)
    return listing_of(found)._replace(empty=not names)


def listing_of(found: Iterable[File]) -> Listing:
    """Separate the files for readers from temporary ones."""
    files = list(found)
    return Listing(
        sorted(file for file in files if _is_whole(file.path.name)),
        [file for file in files if _is_aside(file.path.name)],
        empty=not files,
    )


def _is_aside(name: str) -> bool:
    return name.startswith(".") and name.endswith(".tmp")


def _is_whole(name: str) -> bool:
    return name.endswith(".parquet") and is_data_file(name)


def merged_name(hour: int, taken: Iterable[str]) -> str:
    """Name the file of an hour (0 to 23), with a number above those of all `taken`."""
    found = [_MERGED.fullmatch(name) for name in taken]
    numbers = [int(it[2]) for it in found if it and int(it[1]) == hour]
    return f"hour-{hour:02d}-{max(numbers, default=0) + 1}.parquet"


def _as_found(entry: os.DirEntry[str]) -> list[File]:
    try:
        it = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # renamed or removed since it was listed
        return []
    regular = entry.is_file(follow_symlinks=False)
    return [File(Path(entry.path), it.st_mtime_ns, it.st_size)] if regular else []
