"""Waits for a condition, within a bound."""

import time
from collections.abc import Callable


def wait_for[T](what: str, probe: Callable[[], T], timeout_s: float, every_s: float = 0.5) -> T:
    """Ask until the answer is true and give it; raises `AssertionError` when the time is over."""
    deadline = time.monotonic() + timeout_s
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what}; last seen: {answer!r}")
        time.sleep(every_s)
    return answer
