"""Reads what the services say of themselves, for the rules about the pipeline."""

from pathlib import Path

import msgspec

from contracts.status import (
    JobDetails,
    ProducerDetails,
    Status,
    read_job,
    read_producer,
)
from gateway.alerts.pipeline import Statuses

_JOB = "spark-job.json"


def read_statuses(folder: Path) -> Statuses:
    """Read the status files; one that cannot be read counts as not there."""
    producers: dict[str, Status[ProducerDetails]] = {}
    job: Status[JobDetails] | None = None
    for path in sorted(folder.glob("[!.]*.json")):
        try:
            if path.name == _JOB:
                job = read_job(path.read_bytes())
            else:
                producers[path.stem] = read_producer(path.read_bytes())
        except (OSError, msgspec.MsgspecError):
            continue
    return Statuses(producers, job)
