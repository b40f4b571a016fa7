"""The status files of the producers, of the Spark job and of the gateway."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.settings import parse_duration
from contracts.status import (
    GATEWAY,
    JOB,
    GatewayDetails,
    JobDetails,
    ProducerDetails,
    Status,
    read_gateway,
    read_job,
    read_producer,
    status_files,
)

type ProducerStatus = Status[ProducerDetails]
type JobStatus = Status[JobDetails]
type GatewayStatus = Status[GatewayDetails]


@dataclass(frozen=True)
class Pace:
    """How the job makes windows."""

    length: timedelta
    slide: timedelta
    delay: timedelta
    trigger: timedelta


DEFAULT_PACE = Pace(
    length=timedelta(minutes=1),
    slide=timedelta(seconds=5),
    delay=timedelta(0),
    trigger=timedelta(seconds=2),
)


@dataclass(frozen=True)
class Statuses:
    """The statuses of job, producers and gateway; which files could not be read, and why."""

    job: JobStatus | None = None
    producers: tuple[ProducerStatus, ...] = ()
    pace: Pace = DEFAULT_PACE
    problems: tuple[str, ...] = field(default=())
    gateway: GatewayStatus | None = None


_last: dict[Path, tuple[tuple[int, int, int], Any]] = {}
"""What was read last of each file, and which one that was: all pages ask for the same."""


def read_statuses(directory: Path) -> Statuses:
    """Read the status files; a folder that is not there has none."""
    job, gateway, pace = None, None, DEFAULT_PACE
    producers, problems = [], []
    paths = status_files(directory)
    for path in paths:
        try:
            if path.stem == GATEWAY:
                gateway = _read(path, read_gateway)
            elif path.stem == JOB:
                job = _read(path, read_job)
                pace = _pace(job)
            else:
                producers.append(_read(path, read_producer))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            problems.append(f"status/{path.name}: {error}")
    for gone in [it for it in list(_last) if it not in paths]:
        _last.pop(gone, None)
    return Statuses(job, tuple(producers), pace, tuple(problems), gateway)


def _read[T](path: Path, read: Callable[[bytes], T]) -> T:
    """Give what is in a file, which is read where it is another than last time.

    It is never written again, but replaced by one with another time or number.
    """
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        version = found.st_mtime_ns, found.st_size, found.st_ino
        last = _last.get(path)
        if last is None or last[0] != version:
            last = _last[path] = version, read(file.read())
    status: T = last[1]
    return status


def _pace(job: JobStatus) -> Pace:
    """Read the job's pace; of one that could not start no setting need be right."""
    details = job.details
    try:
        return Pace(
            length=parse_duration(details.window_length),
            slide=parse_duration(details.window_slide),
            delay=parse_duration(details.watermark_delay),
            trigger=parse_duration(details.trigger_interval),
        )
    except ValueError:
        if job.state != "failed":
            raise
        return DEFAULT_PACE
