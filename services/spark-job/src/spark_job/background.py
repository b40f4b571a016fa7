"""Runs work on a thread of its own, beside other work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def in_background(
    work: Callable[[Event], None], name: str, *, wait_s: float | None
) -> Iterator[None]:
    """Run `work` while the block runs; the event that it gets tells it to end.

    Waits at most `wait_s` seconds for its end; None: without a limit.
    """
    over = Event()
    thread = Thread(target=work, args=(over,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(wait_s)
