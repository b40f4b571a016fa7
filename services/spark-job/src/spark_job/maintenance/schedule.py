"""Runs a pass each minute, on a thread of its own, while the query runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Protocol

import pyarrow as pa
import structlog

_EVERY_S = 60.0
_STOP_S = 10.0

_log = structlog.get_logger()


class Maintains(Protocol):
    """Keeps a dataset in order."""

    def run(self) -> Iterator[None]:
        """Run one pass, in steps; raises `OSError`."""


@contextmanager
def maintained(maintainer: Maintains, every_s: float = _EVERY_S) -> Iterator[None]:
    """Run a pass every minute, from a minute after the start; what fails is logged.

    At the end a pass is left at its next step, and waited for no longer than seconds.
    """
    stop = Event()
    thread = Thread(target=_run, args=(maintainer, every_s, stop), name="maintenance", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_S)


def _run(maintainer: Maintains, every_s: float, stop: Event) -> None:
    while not stop.wait(every_s):
        try:
            for _ in maintainer.run():
                if stop.is_set():
                    return
        except (OSError, pa.ArrowException) as error:  # the next pass may do better
            _log.warning("the dataset could not be maintained, tried again", why=str(error))
