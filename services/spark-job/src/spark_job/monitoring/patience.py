"""Reports an operation that takes long, while it runs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event

from spark_job.background import in_background

_PATIENCE_S = 5.0
_EVERY_S = 1.0


def told(
    waiting: Callable[[str], None],
    text: str,
    patience_s: float = _PATIENCE_S,
    every_s: float = _EVERY_S,
) -> AbstractContextManager[None]:
    """Run a block; once it takes longer than `patience_s`, call `waiting` every `every_s`."""

    def tell(over: Event) -> None:
        pause_s = patience_s
        while not over.wait(pause_s):
            waiting(text)
            pause_s = every_s

    return in_background(tell, "patience", wait_s=None)  # nothing is told of it afterwards
