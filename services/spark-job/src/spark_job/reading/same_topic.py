"""Whether the topic is the one that was read."""

from confluent_kafka import KafkaException

from spark_job.errors import TopicChangedError
from spark_job.reading.losses import cut_off
from spark_job.reading.offset_log import Offsets
from spark_job.reading.topic_log import Bounds, TopicLog

_IDENTIFIED_S = 10.0


class SameTopic:
    """Asks where a topic's partitions begin and end, and sees that it is the one that was read.

    `topic_id` is the id that it had at the start, where that is known. `bounds` raises
    `TopicChangedError` where it is not the same, and `KafkaException`.
    """

    def __init__(self, name: str, log: TopicLog, topic_id: str | None) -> None:
        self._name = name
        self._log = log
        self._id = topic_id
        self._identify_s = float("-inf")

    def bounds(self, now_s: float, read: Offsets) -> Bounds:
        """Give the bounds of all partitions, of which those in `read` are read up to an offset.

        Every 10 s it checks the topic's id, too: one that was created again may have as many
        records. Records of a new partition were written after the ends of the others were asked
        for, so they are no older than what is read of these.
        """
        if now_s >= self._identify_s:
            self._identify()
            self._identify_s = now_s + _IDENTIFIED_S
        try:
            known = self._log.bounds(read)
        except KafkaException:
            if read.keys() <= self._log.partitions():
                raise
            raise self._made_anew() from None
        there = self._log.partitions()
        if cut := cut_off(read, known.ends):
            self._identify()
            raise TopicChangedError("; ".join(cut))
        new = self._log.bounds(there - read.keys())
        return Bounds(known.earliest | new.earliest, known.ends | new.ends)

    def _identify(self) -> None:
        found = self._log.topic_id()
        if found and self._id not in (None, found):
            raise self._made_anew()
        self._id = found or self._id

    def _made_anew(self) -> TopicChangedError:
        return TopicChangedError(f"topic {self._name} was deleted and created again")
