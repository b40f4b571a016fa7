"""Reads anew where files of the dataset are merged meanwhile."""

from collections.abc import Callable

from contracts.reader.source import DatasetError

_TRIES = 5


def retry_merged[T](read: Callable[[], T], forget: Callable[[], None] | None = None) -> T:
    """Read, and do so again where a file that was listed is gone (`FileNotFoundError`).

    It was merged with others: its rows are in one that was not listed yet. `forget` lets go of the
    list. Raises `DatasetError` where that does not end, or where a file is listed and lost.
    """
    before = missing = ""
    for _ in range(_TRIES):
        try:
            return read()
        except FileNotFoundError as error:
            before, missing = missing, str(error)
            if forget:
                forget()
    if missing == before:
        raise DatasetError(f"a file that the dataset names is missing: {missing}")
    raise DatasetError("the dataset's files change too fast to be read")
