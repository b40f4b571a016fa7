"""Up to where the rules have looked at each topic, and what they miss where it is read from now."""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from contracts.kafka_damage import Damaged
from gateway.alerts.moment import Positions, Reached
from gateway.following.listener import ReadTo, Start, Topic

AT_MOST_BACK = timedelta(minutes=10)
"""After a longer stop the rules go on from so far back, and what was skipped is told."""

_WHAT_IS_THERE = "the rules go on with what is there, at most ten minutes back"

_log = structlog.get_logger()


class Progress:
    """Up to where each topic is looked at: `positions`, which a restart finds again."""

    def __init__(self, kept: Positions) -> None:
        self.positions = kept

    def start(self, topic: Topic, topic_id: str) -> Start:
        """Go on where the last run was, at the first start from now on.

        Of a topic that was created again, or is another cluster's, what came lately is read.
        """
        if self.is_another(topic, topic_id):
            return Start(AT_MOST_BACK)
        reached = self.positions.get(topic)
        return Start(timedelta(0), reached.offsets if reached else {}, AT_MOST_BACK)

    def is_another(self, topic: Topic, topic_id: str) -> bool:
        """Tell whether the rules have looked at a topic that was another."""
        reached = self.positions.get(topic)
        return reached is not None and reached.topic_id not in (None, topic_id)

    def begin(self, topic: Topic, topic_id: str, offsets: Mapping[int, int]) -> list[str]:
        """Hear from where it goes on; give what people have to be told of that."""
        is_another = self.is_another(topic, topic_id)
        _, kept = self.positions.get(topic, Reached(topic_id, {}))
        self.positions[topic] = Reached(topic_id, dict(offsets))
        if is_another:
            _log.warning("this is not the topic that was read before", topic=topic)
            why = "as after the broker's volume was wiped"
            return [f"{topic} come from another topic than before, {why}: {_WHAT_IS_THERE}"]
        told = []
        if any(at < kept.get(it, at) for it, at in offsets.items()):
            _log.warning("the broker has fewer records than were read", topic=topic)
            told.append(f"the broker has fewer {topic} than were read before: {_WHAT_IS_THERE}")
        # Of a partition that was added since, none is looked at yet.
        skipped = sum(max(0, at - kept.get(it, 0)) for it, at in offsets.items()) if kept else 0
        if skipped:
            _log.warning("records were skipped", topic=topic, records=skipped)
            told.append(
                f"{skipped:,} records of {topic} were skipped, older than ten minutes or too many"
            )
        return told

    def has_passed(self, topic: Topic, damaged: Damaged) -> bool:
        """Tell whether the rules had looked at these records before."""
        return damaged.last < self.positions[topic].offsets.get(damaged.partition, 0)

    def move(self, topic: Topic, read_to: Mapping[int, ReadTo]) -> None:
        """Take down up to where a topic is looked at now."""
        offsets = self.positions[topic].offsets
        offsets.update((partition, to.offset) for partition, to in read_to.items())
