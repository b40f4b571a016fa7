"""What was made once of the newest snapshot is there for all sessions that show the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock
from typing import Any

from dashboard.page_data import PageData

_MOST = 40
_lock = Lock()
_made: dict[Path, tuple[int, OrderedDict[Hashable, Any]]] = {}


def once[**P, T](data: PageData, make: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Give what a function makes of its arguments: what it made of the same before, or make it now.

    The key is the function with all its arguments, which have to be hashable, and a function that
    would know anything beyond them (a closure) raises `TypeError`: no input can be missing from the
    key. What was made of an older snapshot is let go of as soon as one asks for a newer: it may
    hold all of that snapshot's windows.
    """
    if not isinstance(make, type) and getattr(make, "__closure__", ()) is not None:
        raise TypeError(f"{make} may not know more than its arguments")
    key = (make, given, tuple(sorted(named.items())))
    folder, version = data.folder, data.snapshot.version
    with _lock:
        newest, made = _made.get(folder, (version, OrderedDict[Hashable, Any]()))
        if version > newest:
            newest, made = version, OrderedDict()
        _made[folder] = newest, made
        if version == newest and key in made:
            made.move_to_end(key)
            found: T = made[key]
            return found
    found = make(*given, **named)
    if version == newest:
        with _lock:
            made[key] = found
            while len(made) > _MOST:
                made.popitem(last=False)
    return found
