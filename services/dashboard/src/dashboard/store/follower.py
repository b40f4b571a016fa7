"""Follows the files on a thread of its own, so that no page ever waits for the disk."""

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Thread

import structlog

from contracts.reader import DatasetError, Source
from dashboard.store.snapshot import Snapshot
from dashboard.store.store import Store

_log = structlog.get_logger()
_EVERY_S, _LEAST_S = 0.5, 0.1
_BETWEEN_PARTS_S = 0.03
_READ_FOR_S = 0.1
_DELAYS = 240


class Follower:
    """Keeps a store up to date; `snapshot` is what it held after the last refresh.

    `error` says why not all can be read now. `changed` is called with the version of each snapshot
    that is another, on the thread. Not started, it refreshes whenever it is asked.
    """

    def __init__(self, source: Source) -> None:
        self._store = Store(source, read_for_s=_READ_FOR_S)
        self._due = Event()
        self._thread: Thread | None = None
        self._snapshot = Snapshot()
        self.error: str | None = None
        self.changed: Callable[[int], object] | None = None
        self.delays_s: deque[float] = deque(maxlen=_DELAYS)
        """From the end of a window to when it was read, of the last ones but a replay's."""

    def start(self) -> None:
        """Begin to follow."""
        self._thread = Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Look at once: there may be something new."""
        self._due.set()

    def snapshot(self) -> Snapshot:
        """Give what was found; of what cannot be read now, that is what could be before."""
        if self._thread is None:
            self.refresh()
        return self._snapshot

    def refresh(self) -> None:
        """Read what is new, and note how long the newest window took to come here."""
        before = self._snapshot
        try:
            self._snapshot, self.error = self._store.refresh(), None
        except DatasetError as error:
            self._snapshot, self.error = self._store.snapshot, str(error)
        except Exception as error:  # noqa: BLE001 - the page says so, and the next may do better
            _log.exception("refresh failed")
            self.error = f"{type(error).__name__}: {error}"
            return
        newest = self._snapshot.newest
        if newest and before.newest and newest.window_end > before.newest.window_end:
            now = datetime.now(UTC)
            if not newest.replays_the_past(now):
                self.delays_s.append((now - newest.window_end).total_seconds())

    def _run(self) -> None:
        while True:
            before = self._snapshot.version
            self.refresh()
            if (tell := self.changed) and self._snapshot.version != before:
                tell(self._snapshot.version)
            if self._snapshot.pending and not self.error:
                time.sleep(_BETWEEN_PARTS_S)
                continue
            time.sleep(_LEAST_S)
            self._due.wait(_EVERY_S - _LEAST_S)
            self._due.clear()
