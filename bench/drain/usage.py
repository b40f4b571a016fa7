"""What the container of this process has used, and the line that every drain prints."""

import json
import time
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def _first(*paths: str) -> str:
    return next(_CGROUP / path for path in paths if (_CGROUP / path).exists()).read_text()


def cpu_s() -> float:
    """Give the processor's time of all processes so far, in seconds."""
    text = _first("cpuacct/cpuacct.usage", "cpu.stat")
    if text.startswith("usage_usec"):
        return int(text.split()[1]) / 1e6
    return int(text) / 1e9


def peak_mib() -> float:
    """Give the most memory used so far, with what the kernel keeps of files, in MiB."""
    return int(_first("memory/memory.max_usage_in_bytes", "memory.peak")) / 2**20


class Drains:
    """Prints a line of JSON for each drain."""

    def __init__(self, system: str) -> None:
        self._system = system
        self._drain = 0
        self._before_s = 0.0
        self._began_s = time.time()

    def begin(self) -> None:
        """Begin the next drain."""
        self._drain += 1
        self._before_s = cpu_s() if self._drain > 1 else 0.0
        self._began_s = time.time()

    def end(self, records: int, at_s: float | None = None) -> None:
        """End it: so many records, whose last window was there at `at_s` (since 1970; now)."""
        at_s = time.time() if at_s is None else at_s
        print(  # noqa: T201 - what it is for
            json.dumps(
                {
                    "system": self._system,
                    "drain": self._drain,
                    "records": records,
                    "seconds": round(at_s - self._began_s, 3),
                    "since_start": round(at_s - container_start_s(), 3),
                    "cpu_us_per_record": round((cpu_s() - self._before_s) / records * 1e6, 2),
                    "peak_mib": round(peak_mib()),
                }
            ),
            flush=True,
        )


def container_start_s() -> float:
    """Tell when the container's first process began, in seconds since 1970."""
    up_s = float(Path("/proc/uptime").read_text().split()[0])
    ticks = int(Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19])
    return time.time() - (up_s - ticks / 100)
