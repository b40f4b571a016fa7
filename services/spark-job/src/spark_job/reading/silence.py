"""Which partitions get no newer events."""

from spark_job.reading.plan import EventTimes

_SILENT_S = 30.0


class Silence:
    """Notes when the newest event of each partition last changed."""

    def __init__(self) -> None:
        self._newest: EventTimes = {}
        self._changed_s: dict[int, float] = {}

    def see(self, now_s: float, newest: EventTimes) -> set[int]:
        """Learn the newest events' times; gives the partitions that are silent. `now_s` in s."""
        for partition, time_us in newest.items():
            if self._newest.get(partition) != time_us:
                self._changed_s[partition] = now_s
        self._newest = newest
        return {it for it in newest if now_s - self._changed_s[it] >= _SILENT_S}
