"""Which partitions get no events."""

from spark_job.reading.offset_log import Offsets

_SILENT_S = 30.0


class Silence:
    """Notes when the log of each partition last grew."""

    def __init__(self) -> None:
        self._ends: Offsets = {}
        self._grown_s: dict[int, float] = {}

    def see(self, now_s: float, ends: Offsets) -> set[int]:
        """Learn where the logs end; gives the partitions that are silent. `now_s` in seconds."""
        for partition, end in ends.items():
            if self._ends.get(partition) != end:
                self._grown_s[partition] = now_s
        self._ends = ends
        return {it for it in ends if now_s - self._grown_s[it] >= _SILENT_S}
