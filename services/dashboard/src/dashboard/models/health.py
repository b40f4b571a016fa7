"""How the services are: whether they are alive, what is amiss with them, and what they wait for."""

from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.sources import facts
from contracts.times import parse_time
from dashboard.models.words import moment
from dashboard.models.zones import IN_UTC, Zone
from dashboard.store.statuses import JOB, GatewayStatus, JobStatus, ProducerStatus

_SILENT = timedelta(seconds=15)  # producers and the gateway write every second
_JOB_SILENT = timedelta(seconds=45)  # it writes with every batch, and every 10 s when idle
_JOB_STARTS = timedelta(minutes=3)  # it writes once when it begins to start


def is_alive(status: ProducerStatus | JobStatus | GatewayStatus, now: datetime) -> bool:
    """Tell whether a service has written as lately as it does while it is there."""
    allowed = _SILENT
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
    if not is_alive(job, now):
        heard = _seconds(job.updated_at, now, zone)
        return f"The Spark job is down: it was last heard of at {heard}"
    starting = job.state == "starting"
    return _because("The Spark job is starting", job.last_error) if starting else None


def producer_trouble(producer: ProducerStatus, now: datetime, zone: Zone = IN_UTC) -> str | None:
    """Say why no quotes come from a producer; None while they do or none are due."""
    name = _named(producer)
    states: dict[str, Callable[[], str]] = {
        "stopped": lambda: f"{name} has stopped at {_seconds(producer.since, now, zone)}",
        "failed": lambda: _because(f"{name} has failed", producer.last_error),
    }
    if say := states.get(producer.state):
        return say()
    if not is_alive(producer, now):
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
    return _gap(producer, now, zone)


def _gap(producer: ProducerStatus, now: datetime, zone: Zone) -> str | None:
    """Say when the feed goes on that has nothing to send until then."""
    due = producer.details.next_quote_at
    if due is None or parse_time(due) <= now:
        return None
    recorded = facts(producer.details.feed).kind == "recorded"
    what = "The replay goes on" if recorded else "The next quote is due"
    return f"{what} at {_seconds(due, now, zone)}"


def feed_label(producer: ProducerStatus) -> str:
    """Name a producer's feed; one that failed while it started may have none."""
    return facts(producer.details.feed).label or "not known"


def falling_back(producer: ProducerStatus, now: datetime, zone: Zone = IN_UTC) -> str | None:
    """Say what stands in for a feed that may not be asked now; None where nothing does."""
    if producer.state != "falling_back":
        return None
    text = f"Prices are made up for now (synthetic), in place of {feed_label(producer)}'s"
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
