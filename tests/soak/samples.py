"""What is looked at while a stack runs, and how fast each figure grows."""

import json
import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import dataset
import pyarrow.parquet as pq
from stack import Stack

_UNITS = {"B": 2**-20, "KiB": 2**-10, "MiB": 1.0, "GiB": 2.0**10}


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
    figures["dataset files"] = len(dataset.files(stack.data))
    checkpoints = (stack.data / "checkpoints").rglob("*")
    figures["checkpoint files"] = sum(path.is_file() for path in checkpoints)
    return Sample(at_s, figures)


def _containers(stack: Stack) -> Iterator[tuple[str, float]]:
    ids = {it["Id"][:12]: service for service, it in stack.containers().items()}
    done = stack.shell("docker", "stats", "--no-stream", "--format", "{{json .}}", *ids)
    for line in map(json.loads, done.stdout.splitlines()):
        service = ids[line["ID"][:12]]
        yield f"{service} CPU %", float(line["CPUPerc"].rstrip("%"))
        yield f"{service} MiB", _mib(line["MemUsage"].split("/")[0].strip())


def _mib(text: str) -> float:
    number = text.rstrip("BKMGi")
    return float(number) * _UNITS[text[len(number) :]]


def slope_per_hour(samples: Sequence[Sample], name: str) -> float:
    """Fit a line; gives how much the figure grows in an hour."""
    times = [sample.at_s / 3600 for sample in samples]
    return statistics.linear_regression(times, [it.figures[name] for it in samples]).slope


def delays_s(data: Path, since: datetime) -> list[float]:
    """Give, for each row of the files written since, the seconds from window end to file."""
    delays = []
    for path in dataset.files(data):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if written < since or path.name.startswith("hour-"):  # of an hour's batches, merged
            continue
        ends = pq.ParquetFile(path).read(["window_end"])["window_end"].to_pylist()
        delays += [(written - end).total_seconds() for end in ends]
    return delays
