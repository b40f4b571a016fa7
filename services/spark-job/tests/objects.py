"""An object store of the tests' own: pyarrow's S3, but that objects are files below a folder."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import fs


class ObjectStore(fs.SubTreeFileSystem):
    """Takes and gives whole objects. As in a store, a folder is there while an object is in it.

    `clock` gives the time of what is put, in nanoseconds since 1970.
    """

    def __init__(self, root: Path, clock: Callable[[], int] = time.time_ns) -> None:
        super().__init__(str(root), fs.LocalFileSystem())
        self._root = root
        self._clock = clock

    def open_output_stream(self, path: str, *given: Any, **named: Any) -> pa.NativeFile:
        """Make the folders that a store does without."""
        (self._root / path).parent.mkdir(parents=True, exist_ok=True)
        return super().open_output_stream(path, *given, **named)

    def copy_file(self, src: str, dest: str) -> None:
        """Date the copy, as a store does."""
        super().copy_file(src, dest)
        os.utime(self._root / dest, ns=(self._clock(), self._clock()))

    def delete_file(self, path: str) -> None:
        """Remove an object, and the folder that it was the last of."""
        super().delete_file(path)
        folder = (self._root / path).parent
        if not any(folder.iterdir()):
            folder.rmdir()
