"""Does small things some at a time: each may be a request to an object store."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

_AT_ONCE = 8


def at_once[A, B](work: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """Give what becomes of each item, in their order; with the first error the rest is left."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(work, items))
