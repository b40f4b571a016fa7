"""The files of a date's folder: finished ones, and those that are being written."""

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import NamedTuple

from contracts.dataset import is_data_file

_MERGED = re.compile(r"hour-(\d\d)-(\d+)\.parquet")


class File(NamedTuple):
    """A file as it was found: its place, when it was written (ns since 1970), its bytes."""

    path: PurePath
    written_ns: int
    size: int


class Listing(NamedTuple):
    """What a date's folder holds: files for readers, and those that are being written."""

    files: list[File]
    unfinished: list[File]
    empty: bool


def listing_of(found: Iterable[File]) -> Listing:
    """Separate the files for readers from those that are being written; leave out all others."""
    files = list(found)
    return Listing(
        sorted(file for file in files if _is_whole(file.path.name)),
        [file for file in files if _is_unfinished(file.path.name)],
        empty=not files,
    )


def _is_unfinished(name: str) -> bool:
    return name.startswith(".") and name.endswith(".tmp")


def _is_whole(name: str) -> bool:
    return name.endswith(".parquet") and is_data_file(name)


def merged_name(hour: int, taken: Iterable[str]) -> str:
    """Name the file of an hour (0 to 23), with a number above those of all `taken`."""
    found = [_MERGED.fullmatch(name) for name in taken]
    numbers = [int(it[2]) for it in found if it and int(it[1]) == hour]
    return f"hour-{hour:02d}-{max(numbers, default=0) + 1}.parquet"
