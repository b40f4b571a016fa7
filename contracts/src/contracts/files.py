"""Writes a file as a temporary one and renames it: a reader finds the old one or the new one."""

import os
from collections.abc import Buffer
from datetime import UTC, datetime
from pathlib import Path, PurePath


def write_whole(path: Path, content: Buffer, *, synced: bool) -> None:
    """Write a temporary file and rename it into its place; raises `OSError`.

    With `synced` it survives a machine that loses its power, too; without, only a process that is
    killed.
    """
    temporary = temporary_of(path)
    temporary.write_bytes(content)
    if synced:
        put_in_place(temporary, path)
    else:
        temporary.replace(path)


def temporary_of[P: PurePath](path: P) -> P:
    """Name the temporary file that becomes `path` once it is whole."""
    return path.with_name(f".{path.name}.tmp")


def set_aside_name[P: PurePath](path: P, now: datetime) -> P:
    """Name under which a damaged or replaced file or folder is kept: the time is its suffix."""
    return path.with_suffix(f".set-aside-{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}")


def put_in_place(temporary: Path, path: Path) -> None:
    """Bring a temporary file on to the disk, and rename it."""
    _sync(temporary, os.O_RDONLY)
    temporary.replace(path)
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder where there is none, and those above it, and bring their names on to the disk.

    Of one that is there its name comes on to the disk too: whoever made it may have been killed
    before that. Raises `OSError`.
    """
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
