"""Looks again and again, on a thread of its own, while the query runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pyarrow as pa
import structlog

from spark_job.keeping.keeper import Keeper

_EVERY_S = 60.0
_STOP_S = 10.0

_log = structlog.get_logger()


@contextmanager
def kept(keeper: Keeper, every_s: float = _EVERY_S) -> Iterator[None]:
    """Let the keeper look every minute, from a minute after the start; what it meets is told.

    At the end it is left at its next step, and waited for no longer than seconds.
    """
    stop = Event()
    thread = Thread(target=_run, args=(keeper, every_s, stop), name="keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_S)


def _run(keeper: Keeper, every_s: float, stop: Event) -> None:
    while not stop.wait(every_s):
        try:
            for _ in keeper.look():
                if stop.is_set():
                    return
        except (OSError, pa.ArrowException) as error:  # the next look may do better
            _log.warning("the dataset could not be kept, tried again", why=str(error))
