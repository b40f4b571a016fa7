"""What is sampled while a stack runs, and how fast each figure grows."""

import json
import socket
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import dataset
import pyarrow.parquet as pq
from stack import Stack

_ENGINE = "/var/run/docker.sock"
_CPU, _SHARE = "CPU s", "CPU %"


class Sample(NamedTuple):
    """Figures of one moment, by name; `at_s` is counted from the start."""

    at_s: float
    figures: dict[str, float]


def look(stack: Stack, at_s: float) -> Sample:
    """Take a sample of a running stack."""
    figures = dict(_containers(stack))
    details = stack.status("spark-job").get("details", {})
    figures["batch ms"] = details.get("batch_ms", {}).get("triggerExecution", 0)
    figures["state rows"] = details.get("state_rows", 0)
    figures["lag events"] = sum(it["lag"] for it in details.get("lag", []))
    topics = stack.status("gateway").get("details", {}).get("topics", {}).values()
    figures["gateway lag s"] = max((it["lag_s"] for it in topics), default=0)
    figures["gateway skipped"] = sum(it["skipped"] for it in topics)
    figures["dataset files"] = len(dataset.files(stack.data))
    checkpoints = (stack.data / "checkpoints").rglob("*")
    figures["checkpoint files"] = sum(path.is_file() for path in checkpoints)
    return Sample(at_s, figures)


def _containers(stack: Stack) -> Iterator[tuple[str, float]]:
    for service, it in stack.containers().items():
        if it["State"]["Running"]:
            used = _used(it["Id"])
            memory = used["memory_stats"]
            yield f"{service} {_CPU}", used["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
            yield f"{service} MiB", (memory["usage"] - cached(memory["stats"])) / 2**20


class _Engine(HTTPConnection):
    """The container engine's own API."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(_ENGINE)


def _used(container: str) -> dict[str, Any]:
    """Ask what a container has used since its start: `docker stats` tells of the last second only,
    and one second in ten of a job that works every two is always the same part of its work.
    """
    engine = _Engine("localhost")
    engine.request("GET", f"/containers/{container}/stats?stream=false&one-shot=true")
    answer = json.load(engine.getresponse())
    engine.close()
    return answer


def cached(memory: Mapping[str, int]) -> int:
    """Give the bytes of files that the kernel keeps, until memory is short (cgroup v1 or v2).

    `docker stats` leaves out only those that were not used lately.
    """
    names = ("inactive_file", "active_file")
    return sum(memory.get(f"total_{name}", memory.get(name, 0)) for name in names)


def shares(samples: Sequence[Sample]) -> list[Sample]:
    """Put in place of the processor's time so far the share of one processor since the last look.

    The first sample has none and goes.
    """
    return [_share(before, it) for before, it in pairwise(samples)]


def _share(before: Sample, it: Sample) -> Sample:
    figures = {}
    for name, figure in it.figures.items():
        if name.endswith(_CPU):
            used_s = figure - before.figures.get(name, figure)
            figures[name.replace(_CPU, _SHARE)] = 100 * used_s / (it.at_s - before.at_s)
        else:
            figures[name] = figure
    return Sample(it.at_s, figures)


def _by_quarter(samples: Sequence[Sample], name: str) -> list[float]:
    """Give the median of a figure in each quarter of the time."""
    quarters = [samples[len(samples) * it // 4 : len(samples) * (it + 1) // 4] for it in range(4)]
    return [statistics.median(it.figures[name] for it in quarter) for quarter in quarters]


def slope_per_hour(samples: Sequence[Sample], name: str) -> float:
    """Fit a line; gives how much the figure grows in an hour."""
    times = [sample.at_s / 3600 for sample in samples]
    return statistics.linear_regression(times, [it.figures[name] for it in samples]).slope


def summary(samples: Sequence[Sample]) -> dict[str, list[float]]:
    """Give each figure's median by quarter, its largest and how much it grows in an hour."""
    return {
        name: [
            *_by_quarter(samples, name),
            max(it.figures[name] for it in samples),
            slope_per_hour(samples, name),
        ]
        for name in samples[0].figures
    }


def delays_s(data: Path, since: datetime) -> list[float]:
    """Give, for each end of windows in the files written since, the seconds to its latest row."""
    latest_s: dict[datetime, float] = defaultdict(float)
    for path in dataset.files(data):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if written < since or path.name.startswith("hour-"):  # of an hour's batches, merged
            continue
        for end in pq.ParquetFile(path).read(["window_end"])["window_end"].unique().to_pylist():
            latest_s[end] = max(latest_s[end], (written - end).total_seconds())
    return list(latest_s.values())
