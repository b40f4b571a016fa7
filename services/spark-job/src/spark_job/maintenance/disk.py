"""Where the files lie that are maintained: a folder, or an object store."""

import os
from pathlib import Path, PurePath, PurePosixPath
from typing import Protocol

import pyarrow as pa
from pyarrow import fs

from contracts.dataset import day_of
from contracts.files import put_in_place
from contracts.location import Location
from contracts.object_store import file_system, readable_errors
from spark_job.maintenance.files import File, Listing, listing_of

_LARGE_BYTES = 32 * 1024 * 1024


class Disk(Protocol):
    """Folders of dates and the files in them; raises `OSError`."""

    rest_s: float
    """How long an older date is not looked at after a look that found nothing to do."""

    def date_folders(self) -> list[PurePath]:
        """List the folders of dates, the newest first."""

    def list_folder(self, folder: PurePath) -> Listing:
        """List a date's folder; what is no file of a dataset is left out."""

    def opened(self, path: PurePath) -> pa.NativeFile:
        """Open a file to read it."""

    def created(self, path: PurePath) -> pa.NativeFile:
        """Open a file to write it; it may be visible in part while it is written."""

    def put_in_place(self, temporary: PurePath, path: PurePath, written_ns: int) -> None:
        """Put a finished temporary file in its place, with the given modification time."""

    def remove(self, path: PurePath) -> None:
        """Remove a file, if it is there."""

    def remove_folder(self, folder: PurePath) -> None:
        """Remove an empty folder."""


class LocalDisk:
    """A folder."""

    rest_s = 0.0

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def date_folders(self) -> list[PurePath]:
        """List the folders of dates, the newest first; none where there is no dataset yet."""
        if not self._directory.exists():
            return []
        return sorted((it for it in self._directory.iterdir() if day_of(it.name)), reverse=True)

    def list_folder(self, folder: PurePath) -> Listing:
        """List a date's folder; what is no file of a dataset is left out."""
        with os.scandir(folder) as entries:
            there = list(entries)
        found = listing_of(file for it in there if (file := _as_found(it)))
        return found._replace(empty=not there)

    def opened(self, path: PurePath) -> pa.NativeFile:
        """Open a file to read it."""
        return pa.OSFile(str(path))

    def created(self, path: PurePath) -> pa.NativeFile:
        """Open a file to write it."""
        return pa.OSFile(str(path), "wb")

    def put_in_place(self, temporary: PurePath, path: PurePath, written_ns: int) -> None:
        """Rename a finished file, synced."""
        os.utime(temporary, ns=(written_ns, written_ns))
        put_in_place(Path(temporary), Path(path))

    def remove(self, path: PurePath) -> None:
        """Remove a file, if it is there."""
        Path(path).unlink(missing_ok=True)

    def remove_folder(self, folder: PurePath) -> None:
        """Remove an empty folder."""
        Path(folder).rmdir()


class RemoteDisk:
    """Objects below a prefix; a merged one counts as written when it was uploaded."""

    rest_s = 3600.0  # each look at a date is a listing, which costs money

    def __init__(self, location: Location) -> None:
        self._location = location
        self._system: fs.FileSystem | None = None

    def date_folders(self) -> list[PurePath]:
        """List the prefixes of dates, the newest first."""
        found = [PurePosixPath(it.path) for it in self._list(self._location.key)]
        return sorted((it for it in found if day_of(it.name)), reverse=True)

    def list_folder(self, folder: PurePath) -> Listing:
        """List the objects of a date."""
        found = [it for it in self._list(str(folder)) if it.type == fs.FileType.File]
        return listing_of(File(PurePosixPath(it.path), it.mtime_ns, it.size) for it in found)

    def opened(self, path: PurePath) -> pa.NativeFile:
        """Open an object to read it; one that is not large is read at once, by one request."""
        with readable_errors(self._location):
            there = self._there().open_input_file(str(path))
            if there.size() > _LARGE_BYTES:
                return there
            with there:
                return pa.BufferReader(there.read_buffer())

    def created(self, path: PurePath) -> pa.NativeFile:
        """Open an object to write it."""
        with readable_errors(self._location):
            return self._there().open_output_stream(str(path))

    def put_in_place(self, temporary: PurePath, path: PurePath, written_ns: int) -> None:  # noqa: ARG002
        """Copy an object to its place, within the store."""
        with readable_errors(self._location):
            self._there().copy_file(str(temporary), str(path))
            self._there().delete_file(str(temporary))

    def remove(self, path: PurePath) -> None:
        """Remove an object, if it is there."""
        try:
            with readable_errors(self._location):
                self._there().delete_file(str(path))
        except FileNotFoundError:
            pass

    def remove_folder(self, folder: PurePath) -> None:
        """Do nothing: a prefix without objects is not there."""

    def _list(self, folder: str) -> list[fs.FileInfo]:
        with readable_errors(self._location):
            selector = fs.FileSelector(folder, allow_not_found=True)
            found: list[fs.FileInfo] = self._there().get_file_info(selector)
        return found

    def _there(self) -> fs.FileSystem:
        if self._system is None:
            self._system, _ = file_system(self._location)
        return self._system


def _as_found(entry: os.DirEntry[str]) -> File | None:
    try:
        it = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # renamed or removed since it was listed
        return None
    regular = entry.is_file(follow_symlinks=False)
    return File(Path(entry.path), it.st_mtime_ns, it.st_size) if regular else None


def disk_of(location: Location) -> Disk:
    """Give the files of a location as they are maintained."""
    return RemoteDisk(location) if location.is_remote else LocalDisk(Path(location.uri))
