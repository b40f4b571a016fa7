"""Takes final windows from their topic to the hub; a listener."""

from collections.abc import Mapping
from datetime import timedelta

from contracts.kafka_damage import Damaged
from gateway.following.listener import FinalWindow, ReadTo, Start, Topic
from gateway.live.hub import Hub
from gateway.live.retained import KEPT_MS

_BACK = timedelta(milliseconds=KEPT_MS)


class FinalWindows:
    """Begins an hour back, so that a reader that comes back after a restart misses none.

    Where the topic is opened again it goes on where it was: readers would be given once more what
    is no longer kept, and what is kept would make room for it.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._topic_id = ""
        self._offsets: dict[int, int] = {}

    def start(self, _topic: Topic, topic_id: str) -> Start:
        """Begin as far back as readers may come back, or where it was."""
        offsets = self._offsets if topic_id == self._topic_id else {}
        return Start(_BACK, offsets, _BACK)

    def on_start(self, _topic: Topic, topic_id: str, offsets: Mapping[int, int]) -> None:
        """Hear from where it goes on."""
        self._topic_id, self._offsets = topic_id, dict(offsets)

    def on_damage(self, _topic: Topic, _damaged: Damaged) -> None:
        """Let readers have from the dataset what is damaged here."""
        self._hub.on_damaged_windows()

    def on_windows(self, windows: list[FinalWindow], read_to: Mapping[int, ReadTo]) -> None:
        """Hand final windows on."""
        for window in windows:
            self._hub.on_window(window)
        self._offsets.update((partition, to.offset) for partition, to in read_to.items())
