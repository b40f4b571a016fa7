"""Writes that survive being killed, and a machine that loses its power."""

import os
from collections.abc import Buffer
from pathlib import Path


def write_whole(path: Path, content: Buffer) -> None:
    """Write a file aside, on to the disk, and rename it into its place."""
    aside = path.with_name(f".{path.name}.tmp")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
