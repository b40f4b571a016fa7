"""Tells of what takes long while it does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

_PATIENCE_S = 5.0
_EVERY_S = 1.0


@contextmanager
def told(
    waiting: Callable[[str], None],
    text: str,
    patience_s: float = _PATIENCE_S,
    every_s: float = _EVERY_S,
) -> Iterator[None]:
    """Tell `waiting` the text again and again once what is done inside takes longer."""
    over = Event()

    def tell() -> None:
        pause_s = patience_s
        while not over.wait(pause_s):
            waiting(text)
            pause_s = every_s

    thread = Thread(target=tell, name="patience", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()  # nothing is told of it afterwards
