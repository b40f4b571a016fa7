"""Where files are: a folder, or an object store. A file is there whole or not at all."""

from collections.abc import Buffer, Iterable
from pathlib import Path
from typing import Protocol

from pyarrow import fs

from contracts.files import make_folder, sync_folder, write_whole
from contracts.location import Location
from contracts.object_store import file_system, readable_errors


class Files(Protocol):
    """Files and folders of them, by names relative to the dataset; raises `OSError`."""

    def put(self, name: str, content: Buffer) -> None:
        """Write a file whole; one that is there is replaced."""

    def get(self, name: str) -> bytes | None:
        """Read a file; None where there is none."""

    def folders(self) -> list[str]:
        """List the folders at the top."""

    def names(self, folder: str) -> list[str]:
        """List the names of the files in a folder; none where there is no such folder."""

    def remove(self, folder: str, names: Iterable[str]) -> None:
        """Remove files of a folder."""


class Folder:
    """Files on a disk, synced."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made: set[Path] = set()

    def put(self, name: str, content: Buffer) -> None:
        """Write a file whole; one that is there is replaced."""
        path = self._directory / name
        if path.parent not in self._made:
            make_folder(self._directory)
            make_folder(path.parent)
            self._made.add(path.parent)
        try:
            write_whole(path, content, synced=True)
        except FileNotFoundError:  # the folder was empty, and has just been removed
            make_folder(path.parent)
            write_whole(path, content, synced=True)

    def get(self, name: str) -> bytes | None:
        """Read a file; None where there is none."""
        try:
            return (self._directory / name).read_bytes()
        except FileNotFoundError:
            return None

    def folders(self) -> list[str]:
        """List the folders at the top."""
        if not self._directory.exists():
            return []
        return [path.name for path in self._directory.iterdir() if path.is_dir()]

    def names(self, folder: str) -> list[str]:
        """List the names of the files in a folder; none where there is no such folder."""
        try:
            return [path.name for path in (self._directory / folder).iterdir()]
        except FileNotFoundError:
            return []

    def remove(self, folder: str, names: Iterable[str]) -> None:
        """Remove files of a folder."""
        path = self._directory / folder
        there = [path / name for name in names]
        for file in there:
            file.unlink()
        if there:
            sync_folder(path)


class Objects:
    """Objects below a prefix: each is written by a single request."""

    def __init__(self, location: Location) -> None:
        self._location = location
        with readable_errors(location):
            self._system, self._root = file_system(location)

    def put(self, name: str, content: Buffer) -> None:
        """Write an object; one that is there is replaced."""
        with (
            readable_errors(self._location),
            self._system.open_output_stream(f"{self._root}/{name}") as stream,
        ):
            stream.write(content)

    def get(self, name: str) -> bytes | None:
        """Read an object; None where there is none."""
        try:
            with (
                readable_errors(self._location),
                self._system.open_input_stream(f"{self._root}/{name}") as stream,
            ):
                content: bytes = stream.read()
        except FileNotFoundError:
            return None
        return content

    def folders(self) -> list[str]:
        """List the prefixes below the dataset's."""
        return [it.base_name for it in self._list("") if it.type == fs.FileType.Directory]

    def names(self, folder: str) -> list[str]:
        """List the names of the objects below a prefix."""
        return [it.base_name for it in self._list(folder) if it.type == fs.FileType.File]

    def remove(self, folder: str, names: Iterable[str]) -> None:
        """Remove objects below a prefix."""
        for name in names:
            with readable_errors(self._location):
                self._system.delete_file(f"{self._root}/{folder}/{name}")

    def _list(self, folder: str) -> list[fs.FileInfo]:
        selector = fs.FileSelector(f"{self._root}/{folder}".rstrip("/"), allow_not_found=True)
        with readable_errors(self._location):
            found: list[fs.FileInfo] = self._system.get_file_info(selector)
        return found


def files_of(location: Location) -> Files:
    """Give the files of a location."""
    return Objects(location) if location.is_remote else Folder(Path(location.uri))
