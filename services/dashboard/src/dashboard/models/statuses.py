"""What producers and the Spark job say of themselves, and what is amiss with them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from contracts.settings import parse_duration
from contracts.status import JobDetails, ProducerDetails, Status, read_job, read_producer
from contracts.times import parse_time
from dashboard.models.words import moment
from dashboard.models.zones import IN_UTC, Zone

JOB = "spark-job"
_PRODUCER_SILENT = timedelta(seconds=15)  # it writes every second
_JOB_SILENT = timedelta(seconds=45)  # it writes with every batch, and every 10 s when idle
_JOB_STARTS = timedelta(minutes=3)  # it writes once when it begins to start

type ProducerStatus = Status[ProducerDetails]
type JobStatus = Status[JobDetails]


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
    """The job's status, the producers' by name, and which files could not be read and why."""

    job: JobStatus | None = None
    producers: tuple[ProducerStatus, ...] = ()
    pace: Pace = DEFAULT_PACE
    problems: tuple[str, ...] = field(default=())


class _Any(msgspec.Struct):
    service: str


def read_statuses(directory: Path) -> Statuses:
    """Read the status files; a folder that is not there has none."""
    job, pace = None, DEFAULT_PACE
    producers, problems = [], []
    for path in sorted(directory.glob("[!._]*.json")):
        try:
            content = path.read_bytes()
            if msgspec.json.decode(content, type=_Any).service == JOB:
                job = read_job(content)
                pace = _pace(job.details)
            else:
                producers.append(read_producer(content))
        except FileNotFoundError:
            continue
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            problems.append(f"status/{path.name}: {error}")
    return Statuses(job, tuple(producers), pace, tuple(problems))


def _pace(details: JobDetails) -> Pace:
    return Pace(
        length=parse_duration(details.window_length),
        slide=parse_duration(details.window_slide),
        delay=parse_duration(details.watermark_delay),
        trigger=parse_duration(details.trigger_interval),
    )


def heard_of(status: ProducerStatus | JobStatus, now: datetime) -> bool:
    """Tell whether a service has written as lately as it does while it is there."""
    allowed = _PRODUCER_SILENT
    if status.service == JOB:
        allowed = _JOB_STARTS if status.state == "starting" else _JOB_SILENT
    return now - parse_time(status.updated_at) <= allowed


def job_trouble(job: JobStatus | None, now: datetime, zone: Zone = IN_UTC) -> str | None:
    """Say why no windows come from the job; None while it runs."""
    if job is None:
        return "The Spark job has not reported yet"
    if job.state == "stopped":
        return f"The Spark job has stopped at {_seconds(job.since, now, zone)}"
    if job.state == "failed":
        return _because("The Spark job has failed", job.last_error)
    if not heard_of(job, now):
        heard = _seconds(job.updated_at, now, zone)
        return f"The Spark job is down: it was last heard of at {heard}"
    starting = job.state == "starting"
    return _because("The Spark job is starting", job.last_error) if starting else None


def producer_trouble(producer: ProducerStatus, now: datetime, zone: Zone = IN_UTC) -> str | None:
    """Say why no quotes come from a producer; None while they do or none are due."""
    name = _named(producer)
    states: dict[str, Callable[[], str]] = {
        "stopped": lambda: f"{name} has stopped at {_seconds(producer.since, now, zone)}",
        "failed": lambda: _because(f"The feed of {_lower(name)} has failed", producer.last_error),
    }
    if say := states.get(producer.state):
        return say()
    if not heard_of(producer, now):
        heard = _seconds(producer.updated_at, now, zone)
        return f"{name} is down: it was last heard of at {heard}"
    if not producer.details.broker_connected:
        return f"{name} is waiting for the broker (Kafka)"
    if producer.state == "connecting":
        return _because(f"{name} is connecting to its feed", producer.last_error)
    if producer.state == "silent":
        return _because(f"The feed of {_lower(name)} sends nothing", producer.last_error)
    return None


def nothing_due(producer: ProducerStatus, now: datetime, zone: Zone = IN_UTC) -> str | None:
    """Say why no quote is due although all is well; None while quotes are."""
    if producer.state == "finished":
        return "The replay is finished"
    if producer.state == "market_closed":
        return _because("The market is closed", producer.last_error)
    if producer.state == "waiting_for_budget":
        return next_call(producer, now, zone)
    return None


def falling_back(producer: ProducerStatus, now: datetime, zone: Zone = IN_UTC) -> str | None:
    """Say what stands in for a feed that may not be asked now; None where nothing does."""
    if producer.state != "falling_back":
        return None
    text = f"Prices are made up for now (synthetic), in place of {producer.details.feed}'s"
    return f"{_because(text, producer.last_error).rstrip('.')}. {next_call(producer, now, zone)}"


def end_of_day(producer: ProducerStatus) -> set[str]:
    """Give the trading days that a producer's last quotes are of, where they are of the past."""
    return {it.as_of for it in producer.details.symbols.values() if it.as_of}


def next_call(producer: ProducerStatus, now: datetime, zone: Zone = IN_UTC) -> str:
    """Say when a provider may be asked next, and how many of its calls are used."""
    budget = producer.details.budget
    if budget is None or budget.next_call_at is None:
        return "The provider's calls are used up"
    due = _seconds(budget.next_call_at, now, zone)
    return f"The next call is due at {due} ({budget.used} of {budget.daily_calls} calls are used)"


def _seconds(time: str, now: datetime, zone: Zone = IN_UTC) -> str:
    return moment(parse_time(time).replace(microsecond=0), now, zone)


def _named(producer: ProducerStatus) -> str:
    return "The producer" if producer.service == "producer" else f"Producer {producer.service}"


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _because(text: str, error: str | None) -> str:
    return f"{text}: {error}" if error else text
