"""Runs a pass each minute, on a thread of its own, while the query runs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from threading import Event
from typing import Protocol

import pyarrow as pa
import structlog

from spark_job.background import in_background

_EVERY_S = 60.0
_STOP_S = 10.0

_log = structlog.get_logger()


class Maintains(Protocol):
    """Keeps a dataset in order."""

    def run(self) -> Iterator[None]:
        """Run one pass, in steps; raises `OSError`."""


def maintained(maintainer: Maintains, every_s: float = _EVERY_S) -> AbstractContextManager[None]:
    """Run a pass every minute, from a minute after the start; what fails is logged.

    At the end a pass stops at its next step; that is waited for only some seconds.
    """
    return in_background(partial(_run, maintainer, every_s), "maintenance", wait_s=_STOP_S)


def _run(maintainer: Maintains, every_s: float, over: Event) -> None:
    while not over.wait(every_s):
        try:
            for _ in maintainer.run():
                if over.is_set():
                    return
        except (OSError, pa.ArrowException) as error:  # the next pass may do better
            _log.warning("the dataset could not be maintained, tried again", why=str(error))
        except Exception:  # noqa: BLE001 - or there would be no pass any more
            _log.exception("the dataset could not be maintained, tried again")
