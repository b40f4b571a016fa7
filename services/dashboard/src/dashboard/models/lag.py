"""Why windows are behind: a backlog that is still to be read, partitions that hold windows back."""

from datetime import datetime

from contracts.status import HeldBack
from contracts.times import parse_time
from dashboard.models import words
from dashboard.models.health import job_trouble
from dashboard.models.zones import IN_UTC, Zone
from dashboard.store.statuses import Statuses

_NAMED = 3


def unread(statuses: Statuses) -> int | None:
    """Tell how many records the job has not read yet; None where it has not said."""
    if statuses.job is None or not statuses.job.details.lag:
        return None
    return sum(it.lag for it in statuses.job.details.lag)


def catching_up(statuses: Statuses, now: datetime) -> str | None:
    """Say how far the job is with its backlog; None where it has none, or does not run."""
    if statuses.job is None or job_trouble(statuses.job, now, IN_UTC):
        return None
    found = statuses.job.details.catching_up
    if found is None:
        return None
    left, rate = f"{found.records_left:,} records to go", words.rate(found.records_per_second)
    if found.seconds_left is not None:
        about = words.about(found.seconds_left)
        return f"The Spark job is catching up: {left}, about {about} at {rate}"
    if not found.records_per_second:
        return f"The Spark job is catching up: {left}"
    return f"The Spark job is falling behind: {left}; it reads {rate}, and as many or more come in"


def held_back(statuses: Statuses, now: datetime, zone: Zone) -> list[str]:
    """Say since when and why each partition holds windows back; empty unless the job runs."""
    return [
        f"Partition {it.partition} has had no {_missing(it, now, zone)} and holds windows back:"
        " its producer sends no heartbeats, or its clock is behind"
        for it in _held_back(statuses, now)
    ]


def held_back_in_short(statuses: Statuses, now: datetime, zone: Zone) -> str | None:
    """Say in short which partitions hold windows back; None where none does."""
    found = _held_back(statuses, now)
    if not found:
        return None
    if len(found) == 1:
        missing = _missing(found[0], now, zone)
        return f"Windows wait for partition {found[0].partition}: no {missing}"
    named = [str(it.partition) for it in found[:_NAMED]]
    more = [f"{len(found) - _NAMED} more"] if len(found) > _NAMED else []
    *others, last = [*named, *more]
    return (
        f"Windows wait for partitions {', '.join(others)} and {last}: no newer event comes to them"
    )


def _held_back(statuses: Statuses, now: datetime) -> list[HeldBack]:
    if statuses.job is None or job_trouble(statuses.job, now, IN_UTC):
        return []
    return statuses.job.details.held_back_by


def _missing(found: HeldBack, now: datetime, zone: Zone) -> str:
    if found.since is None:
        return "valid event yet"
    return f"newer event since {words.moment_to_second(parse_time(found.since), now, zone)}"
