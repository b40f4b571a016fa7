"""Does small things in parallel: each may be a request to an object store."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

_AT_ONCE = 8


def in_parallel[A, B](work: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """Give what becomes of each item, in their order; with the first error the rest is left."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(work, items))
