"""The sign of life: when the query was last seen to get on."""

import time
from collections.abc import Callable
from pathlib import Path


class Life:
    """Notes when something got on, for the watchdog, and touches `file`, for the health check.

    `clock` gives seconds.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._last_s = clock()

    def sign(self) -> None:
        """Show that something has got on."""
        self.expect()
        self._file.touch()

    def expect(self) -> None:
        """Count the silence from now on; it is no sign yet."""
        self._last_s = self._clock()

    def silent_s(self) -> float:
        """Tell for how long nothing has, in seconds."""
        return self._clock() - self._last_s
