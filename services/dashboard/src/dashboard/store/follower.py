"""Follows the files on a thread of its own, so that no page ever waits for the disk."""

from collections import deque
from datetime import UTC, datetime
from threading import Event, Thread

import structlog

from contracts.reader import DatasetError, Source
from dashboard.store.snapshot import Snapshot
from dashboard.store.store import Store

_log = structlog.get_logger()
_EVERY_S = 0.5
_BETWEEN_PARTS_S = 0.03
_READ_FOR_S = 0.1
_DELAYS = 240


class Follower:
    """Keeps a store up to date; `snapshot` is what it held at the last refresh that could read.

    `error` says why nothing can be read now. Not started, it refreshes whenever it is asked.
    """

    def __init__(self, source: Source) -> None:
        self._store = Store(source, read_for_s=_READ_FOR_S)
        self._stop = Event()
        self._thread: Thread | None = None
        self._snapshot = Snapshot()
        self.error: str | None = None
        self.delays_s: deque[float] = deque(maxlen=_DELAYS)
        """From the end of a window to when it was read, of the last ones but a replay's."""

    def start(self) -> None:
        """Begin to follow."""
        self._thread = Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    def snapshot(self) -> Snapshot:
        """Give what was found, which stays where nothing can be read."""
        if self._thread is None:
            self.refresh()
        return self._snapshot

    def refresh(self) -> None:
        """Read what is new, and note how long the newest window took to come here."""
        before = self._snapshot
        try:
            self._snapshot, self.error = self._store.refresh(), None
        except DatasetError as error:
            self.error = str(error)
            return
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
        while not self._stop.is_set():
            self.refresh()
            pending = self._snapshot.pending and not self.error
            self._stop.wait(_BETWEEN_PARTS_S if pending else _EVERY_S)
