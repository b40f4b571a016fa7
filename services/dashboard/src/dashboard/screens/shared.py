"""What was made once of the newest snapshot is there for all sessions that show the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from dashboard.models.scope import Scope
from dashboard.screens.look import Look, View

_MOST = 40
_lock = Lock()
_made: dict[Path, tuple[int, OrderedDict[Hashable, Any]]] = {}


def once[T](look: Look, key: Hashable, make: Callable[[], T]) -> T:
    """Give what was made of a look's snapshot under a key before, or make it now.

    What was made of an older snapshot is let go of as soon as one asks for a newer: it may hold all
    of that snapshot's windows.
    """
    folder, version = look.folder, look.snapshot.version
    with _lock:
        newest, made = _made.get(folder, (version, OrderedDict[Hashable, Any]()))
        if version > newest:
            newest, made = version, OrderedDict()
        _made[folder] = newest, made
        if version == newest and key in made:
            made.move_to_end(key)
            found: T = made[key]
            return found
    found = make()
    if version == newest:
        with _lock:
            made[key] = found
            while len(made) > _MOST:
                made.popitem(last=False)
    return found


def scope_of(view: View, symbols: Sequence[str]) -> Scope:
    """Give the windows that a view shows of some symbols."""
    scope = view.scope(symbols)
    return once(view.look, ("scope", *view.key, scope.symbols, scope.sources), lambda: scope)
