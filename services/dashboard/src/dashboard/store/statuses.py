"""The status files of the producers, of the Spark job and of the gateway."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

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


def read_statuses(directory: Path) -> Statuses:
    """Read the status files; a folder that is not there has none."""
    job, gateway, pace = None, None, DEFAULT_PACE
    producers, problems = [], []
    for path in status_files(directory):
        try:
            content = path.read_bytes()
            if path.stem == GATEWAY:
                gateway = read_gateway(content)
            elif path.stem == JOB:
                job = read_job(content)
                pace = _pace(job)
            else:
                producers.append(read_producer(content))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            problems.append(f"status/{path.name}: {error}")
    return Statuses(job, tuple(producers), pace, tuple(problems), gateway)


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
