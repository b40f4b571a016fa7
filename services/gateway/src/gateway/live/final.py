"""Takes final windows from their topic to the hub; a listener."""

from collections.abc import Mapping
from datetime import timedelta

from contracts.kafka_damage import Damaged
from gateway.following.listener import FinalWindow, Position, Start, Topic
from gateway.live.hub import Hub
from gateway.live.retained import KEPT_MS


class FinalWindows:
    """Begins an hour back, so that a reader that comes back after a restart misses none."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def start(self, _topic: Topic, _topic_id: str) -> Start:
        """Begin as far back as readers may come back."""
        return Start(timedelta(milliseconds=KEPT_MS))

    def on_start(self, _topic: Topic, _topic_id: str, _offsets: Mapping[int, int]) -> None:
        """Begin anew: what is read twice has the same id, and is kept once."""

    def on_damage(self, _topic: Topic, _damaged: Damaged) -> None:
        """Let readers have from the dataset what is damaged here."""
        self._hub.on_damaged_windows()

    def on_windows(self, windows: list[FinalWindow], _read_to: Mapping[int, Position]) -> None:
        """Hand final windows on."""
        for window in windows:
            self._hub.on_window(window)
