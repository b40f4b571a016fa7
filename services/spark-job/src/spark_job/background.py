"""Runs work on a thread of its own while something else is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def in_background(
    work: Callable[[Event], None], name: str, *, wait_s: float | None
) -> Iterator[None]:
    """Run `work` until what is done inside is over: the event it is given tells it so.

    It is waited for no longer than `wait_s` seconds then; None: until it ends.
    """
    over = Event()
    thread = Thread(target=work, args=(over,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(wait_s)
