"""Reads older records for listeners that start behind live prices, until they have caught up."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.kafka_damage import Damaged
from gateway.following.listener import Listener, Topic
from gateway.following.sinks import Sink
from gateway.following.topic_reader import TopicReader

_WAIT_MS = 50
"""How long live prices may have to wait while older records are looked for."""


class Behind:
    """Hands on what lies between the starts of some listeners and where the topic is read.

    `positions` are the next offsets to read.
    """

    def __init__(
        self,
        topic: Topic,
        listeners: Sequence[Listener],
        sink: Sink[Any],
        starts: Sequence[Mapping[int, int]],
    ) -> None:
        self.positions = {it: min(start[it] for start in starts) for it in starts[0]}
        self._topic = topic
        self._listeners = listeners
        self._sink = sink
        self._sink.begin(starts)

    def distance(self, positions: Mapping[int, int]) -> int:
        """Tell how many records lie between here and there."""
        return sum(max(0, positions[it] - here) for it, here in self.positions.items())

    async def read(self, reader: TopicReader) -> None:
        """Hand on some, if there are any within a moment."""
        records = await reader.read(_WAIT_MS)
        if records:
            self._sink.take(records)
        self.positions = reader.positions

    def leave_out(self, damaged: Damaged) -> None:
        """Tell what is damaged."""
        for listener in self._listeners:
            listener.on_damage(self._topic, damaged)
