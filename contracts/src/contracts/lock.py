"""Keeps a second process away from a folder that only one may write."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from contracts.files import make_folder

_log = structlog.get_logger()


@contextmanager
def locked(folder: Path, pause: Callable[[], object]) -> Iterator[None]:
    """Lock a folder; while another process has it locked, call `pause` again and again.

    The kernel ends a lock with its process, however that comes. Raises what `pause` does, and
    `OSError` where the folder cannot be made or read.
    """
    make_folder(folder)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not _taken(opened):
            _log.warning("in use by another process: waiting until it ends", folder=str(folder))
            while not _taken(opened):
                pause()
        yield
    finally:
        os.close(opened)


def _taken(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
