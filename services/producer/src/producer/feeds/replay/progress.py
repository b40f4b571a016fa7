"""How far a replay came, so that a restart goes on and does not play it again.

The note lies beside the status file, where a reset wipes it. It holds for one topic of one Kafka
cluster: where somebody wiped the broker alone, the file is played again.
"""

import hashlib
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from contracts.files import write_whole

_log = structlog.get_logger()


class Progress(msgspec.Struct):
    """How many rows are in the topic, and the newest event time among them."""

    rows: int = 0
    newest: datetime | None = None


class _Note(msgspec.Struct):
    of: str
    progress: Progress


class ReplayNote:
    """Keeps the progress of one replay; `of` says which one that is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: bytes | None = None
        self._error: str | None = None

    def read(self, of: str) -> Progress:
        """Give the progress; none where the note is of another replay."""
        try:
            note = msgspec.json.decode(self._path.read_bytes(), type=_Note)
        except (OSError, ValueError):
            return Progress()
        return note.progress if note.of == _short(of) else Progress()

    def write(self, of: str, progress: Progress) -> None:
        """Keep the progress; a disk that takes nothing is told, and stops nothing."""
        content = msgspec.json.encode(_Note(_short(of), progress))
        if content == self._kept:
            return
        try:
            write_whole(self._path, content, synced=False)
        except OSError as error:
            if str(error) != self._error:
                _log.error("how far the replay came cannot be kept", why=str(error))
            self._error = str(error)
        else:
            self._kept, self._error = content, None


def _short(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:32]
