"""How many processors this container may use."""

import os
from pathlib import Path

_LIMITS = (  # files of control groups, version 2 and 1: the time per period, and the period
    ("cpu.max",),
    ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"),
)


def processors(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Count the processors that may be used, at least 1, as the JVM does."""
    allowed = len(os.sched_getaffinity(0))
    for names in _LIMITS:
        try:
            quota, period = (it for name in names for it in (cgroup / name).read_text().split())
            if int(quota) > 0:
                return min(allowed, -(-int(quota) // int(period)))
        except (OSError, ValueError):  # of the other version, or without a limit ("max")
            continue
    return allowed
