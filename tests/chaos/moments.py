"""Moments in the job's life, recognised from outside by the files of its checkpoint.

Spark writes `offsets/N` when batch N begins, and `commits/N` when it ends, each to a temporary file
first. The note beside them names the folder of the current query: a new one may take over.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MOMENTS = ("batch", "commit", "idle")
_LOOK_S = 0.001
_TIMEOUT_S = 240  # a job that hangs ends itself after 180


class Batch(NamedTuple):
    """The numbers of a query and of its batch; the latter is -1 if there is none."""

    query: int
    number: int


class Batches:
    """The batches of the job that keeps its checkpoint in a data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "checkpoints" / "aggregates"

    def begun(self) -> Batch:
        """Give the newest batch that has begun."""
        return self._newest("offsets")

    def ended(self) -> Batch:
        """Give the newest batch that has ended."""
        return self._newest("commits")

    def wait_for(self, moment: str) -> None:
        """Wait until the job is in a batch, in the commit of one, or between two (`MOMENTS`)."""
        if moment == "idle":
            _until(lambda: self.ended() == self.begun())
            return
        _until(lambda: self.begun() > self.ended())
        if moment == "commit":
            # Its entry is first a temporary file, whose name contains its number.
            begun = self.begun()
            aside = f".{begun.number}."
            _until(lambda: self.ended() >= begun or self._is_there("commits", aside))

    def wait_for_next(self) -> None:
        """Wait until a batch that had not begun yet has ended."""
        begun = self.begun()
        _until(lambda: self.ended() > begun)

    def _newest(self, log: str) -> Batch:
        query = self._query()
        numbers = (int(name) for name in _names(self._folder / query / log) if name.isdecimal())
        return Batch(int(query.partition("-")[2] or 1), max(numbers, default=-1))

    def _is_there(self, log: str, start: str) -> bool:
        return any(name.startswith(start) for name in _names(self._folder / self._query() / log))

    def _query(self) -> str:
        note = self._folder / "note.json"
        return str(json.loads(note.read_bytes())["query"]) if note.exists() else "query"


def _names(folder: Path) -> list[str]:
    with suppress(FileNotFoundError):  # it is made later, or has just been set aside
        return [path.name for path in folder.iterdir()]
    return []


def _until(true: Callable[[], bool]) -> None:
    """Check so often that a moment of some milliseconds is not missed."""
    deadline = time.monotonic() + _TIMEOUT_S
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the job has not come so far in {_TIMEOUT_S} s")
        time.sleep(_LOOK_S)
