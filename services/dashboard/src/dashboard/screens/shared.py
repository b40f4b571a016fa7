"""What was made once is there for all sessions that show the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

_MOST = 40
_made: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


def once[T](key: Hashable, make: Callable[[], T]) -> T:
    """Give what was made under a key before, or make it now; the oldest are let go of."""
    with _lock:
        if key in _made:
            _made.move_to_end(key)
            found: T = _made[key]
            return found
    found = make()
    with _lock:
        _made[key] = found
        while len(_made) > _MOST:
            _made.popitem(last=False)
    return found
