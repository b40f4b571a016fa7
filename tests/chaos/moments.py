"""Moments in the job's life, seen from outside by the files that its checkpoint gets.

Spark writes `offsets/N` as batch N begins, and `commits/N` as it ends, each aside first.
"""

import time
from collections.abc import Callable
from pathlib import Path

MOMENTS = ("batch", "commit", "idle")
_LOOK_S = 0.001
_TIMEOUT_S = 60


class Batches:
    """The batches of the job that keeps its checkpoint in a data folder."""

    def __init__(self, data: Path) -> None:
        self._query = data / "checkpoints" / "aggregates" / "query"

    def begun(self) -> int:
        """Give the number of the newest batch that has begun; -1 where none has."""
        return self._newest("offsets")

    def ended(self) -> int:
        """Give the number of the newest batch that has ended; -1 where none has."""
        return self._newest("commits")

    def wait_for(self, moment: str) -> None:
        """Wait until the job is in a batch, in the commit of one, or between two (`MOMENTS`)."""
        if moment == "idle":
            _until(lambda: self.ended() == self.begun())
            return
        _until(lambda: self.begun() > self.ended())
        if moment == "commit":
            # Its entry is written aside first, under a name that holds its number.
            number = str(self.begun())
            _until(lambda: any(number in name for name in self._names("commits")))

    def wait_for_next(self) -> None:
        """Wait until a batch that had not begun yet has ended."""
        begun = self.begun()
        _until(lambda: self.ended() > begun)

    def _newest(self, log: str) -> int:
        return max((int(name) for name in self._names(log) if name.isdecimal()), default=-1)

    def _names(self, log: str) -> list[str]:
        folder = self._query / log
        return [path.name for path in folder.iterdir()] if folder.exists() else []


def _until(true: Callable[[], bool]) -> None:
    """Look so often that what lasts for some milliseconds is not missed."""
    deadline = time.monotonic() + _TIMEOUT_S
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the job has not come so far in {_TIMEOUT_S} s")
        time.sleep(_LOOK_S)
