"""Liveness: when the query last made progress."""

import time
from collections.abc import Callable
from pathlib import Path


class Liveness:
    """Notes when there was progress, for the watchdog, and touches `file`, for the health check.

    `clock` gives seconds.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._last_s = clock()

    def progressed(self) -> None:
        """Note that there was progress."""
        self.restart()
        self._file.touch()

    def restart(self) -> None:
        """Measure the silence from now on, although there was no progress."""
        self._last_s = self._clock()

    def silent_s(self) -> float:
        """Give how long ago there was progress, in seconds."""
        return self._clock() - self._last_s
