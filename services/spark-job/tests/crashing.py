"""A disk on which the process, the power or a write may fail at any operation."""

import errno
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Literal

import pyarrow as pa
import pytest

from spark_job.maintenance.disk import LocalDisk

type Failure = Literal["killed", "power lost", "full"]


class Stopped(BaseException):
    """The process ends here: of what comes after it nothing runs."""


class Node:
    """A file or a folder, and what of it is on the disk: its content and time, or its names."""

    def __init__(self, synced: "tuple[bytes, int] | dict[str, Node] | None" = None) -> None:
        self.synced = synced


class CrashingDisk:
    """Takes the place of what changes files below a folder, and counts it.

    What is not synced survives a process that is killed, but not a loss of power: then each name
    that has changed is as before or as after, and a file's content is gone. `look` is called before
    each operation; `clock` gives nanoseconds since 1970.
    """

    def __init__(self, folder: Path, clock: Callable[[], int], look: Callable[[], None]) -> None:
        self.operations = 0
        self._folder = folder
        self._clock = clock
        self._look = look
        self._failure: tuple[int, Failure] | None = None
        self._meanwhile: tuple[int, Callable[[], None]] | None = None
        self._stopped = False
        self._nodes: dict[int, Node] = {}
        self._adopt(folder)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Let all code of this process use it for what lies below the folder."""
        for name in ("replace", "unlink", "mkdir", "rmdir", "utime"):
            patch.setattr(os, name, self._stepping(getattr(os, name)))
        patch.setattr(os, "fsync", self._fsync)
        patch.setattr(Path, "write_bytes", lambda path, content: self.write(path, "wb", content))

    def fail(self, operations: int, failure: Failure) -> None:
        """Fail once after so many operations from now."""
        self._failure = (self.operations + operations, failure)

    def meanwhile(self, operations: int, do: Callable[[], None]) -> None:
        """Do something else once after so many operations from now, as another thread would."""
        self._meanwhile = (self.operations + operations, do)

    def calm(self) -> None:
        """Plan no failure any more."""
        self._failure = self._meanwhile = None

    def start_again(self, seed: int) -> bool:
        """Let the next process run; tell whether the power was gone, where `seed` counts."""
        self._stopped = False
        lost = self._failure is not None and self._failure[1] == "power lost"
        self.calm()
        if lost:
            root = self._nodes[_inode(self._folder)]
            left = self._survivors(root, self._folder, random.Random(seed))
            shutil.rmtree(self._folder)
            _restore(self._folder, left)
            self._nodes.clear()
            self._adopt(self._folder)
        return lost

    def step(self, partly: Callable[[], object] = lambda: None) -> None:
        """Count an operation; fail where it is the one that was planned, done `partly`."""
        if self._stopped:
            raise Stopped
        self._look()
        self.operations += 1
        if self._meanwhile and self._meanwhile[0] < self.operations:
            do, self._meanwhile = self._meanwhile[1], None
            do()
        if self._failure and self._failure[0] < self.operations:
            if self._failure[1] == "full":
                self.calm()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._stopped = True
            partly()
            raise Stopped

    def write(self, path: Path, mode: str, content: bytes) -> None:
        """Write or append to a file; what was synced of it is lost."""
        there = path.parent == self._folder or self._folder in path.parents

        def put(content: bytes) -> None:
            new = not path.exists()
            with path.open(mode) as file:
                file.write(content)
            if there:
                if new:
                    self._nodes[_inode(path)] = Node()
                self._nodes[_inode(path)].synced = None
                _utime(path, ns=(self._clock(), self._clock()))

        if there:
            self.step(lambda: put(bytes(content)[: len(content) // 2]))
        put(content)

    def _stepping(self, real: Callable[..., None]) -> Callable[..., None]:
        def operate(path: os.PathLike, *arguments: object, **named: object) -> None:
            if self._folder not in Path(path).parents:
                real(path, *arguments, **named)
                return
            self.step()
            real(path, *arguments, **named)
            if real is _mkdir:
                self._nodes[_inode(Path(path))] = Node({})

        return operate

    def _fsync(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path != self._folder and self._folder not in path.parents:
            return
        self.step()
        node = self._nodes[_inode(path)]
        node.synced = self._names(path) if path.is_dir() else _content(path)

    def _names(self, folder: Path) -> dict[str, Node]:
        return {path.name: self._nodes[_inode(path)] for path in folder.iterdir()}

    def _adopt(self, path: Path) -> None:
        """Take what lies there as synced."""
        node = self._nodes[_inode(path)] = Node()
        if path.is_dir():
            for child in path.iterdir():
                self._adopt(child)
            node.synced = self._names(path)
        else:
            node.synced = _content(path)

    def _survivors(self, node: Node, path: Path | None, chance: random.Random) -> dict[str, object]:
        """Choose what is left of a folder; without a path it is none of those that are there."""
        before = node.synced
        assert isinstance(before, dict)
        now = self._names(path) if path else before
        left: dict[str, object] = {}
        for name in sorted(before | now):
            chosen = chance.choice([before, now]).get(name)
            if chosen is None:
                continue
            there = path / name if path and chosen is now.get(name) else None
            if isinstance(chosen.synced, dict):
                left[name] = self._survivors(chosen, there, chance)
            else:
                left[name] = chosen.synced or (b"", self._clock())
        return left


class SteppedDisk(LocalDisk):
    """A folder in which each write of a file that is merged is an operation."""

    def __init__(self, directory: Path, disk: CrashingDisk) -> None:
        super().__init__(directory)
        self._disk = disk

    def created(self, path: PurePath) -> pa.NativeFile:
        """Open a file to write it."""
        self._disk.write(Path(path), "wb", b"")
        return pa.PythonFile(_Appended(Path(path), self._disk), mode="w")


class _Appended:
    """A file that is written piece by piece."""

    def __init__(self, path: Path, disk: CrashingDisk) -> None:
        self.closed = False
        self._path = path
        self._disk = disk

    def write(self, content: bytes) -> int:
        self._disk.write(self._path, "ab", bytes(content))
        return len(content)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


_mkdir, _utime = os.mkdir, os.utime


def _inode(path: Path) -> int:
    return path.stat().st_ino


def _content(path: Path) -> tuple[bytes, int]:
    return path.read_bytes(), path.stat().st_mtime_ns


def _restore(folder: Path, left: dict[str, object]) -> None:
    _mkdir(folder)
    for name, it in left.items():
        if isinstance(it, dict):
            _restore(folder / name, it)
        else:
            content, written_ns = it
            (folder / name).open("wb").write(content)
            _utime(folder / name, ns=(written_ns, written_ns))
