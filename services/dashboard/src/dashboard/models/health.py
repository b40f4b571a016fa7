"""How the services are: whether they are alive, what is amiss with them, and what they wait for."""

from datetime import datetime, timedelta

from contracts.sources import facts
from contracts.status import GONE_AFTER, JOB, JOB_GONE_AFTER, waits
from contracts.times import parse_time
from dashboard.models.words import moment_to_second
from dashboard.models.zones import Zone
from dashboard.store.statuses import GatewayStatus, JobStatus, ProducerStatus

_JOB_STARTS = timedelta(minutes=3)  # it writes once when it begins to start


def is_alive(status: ProducerStatus | JobStatus | GatewayStatus, now: datetime) -> bool:
    """Tell whether a service has written as lately as it does while it is there."""
    allowed = GONE_AFTER
    if status.service == JOB:
        allowed = _JOB_STARTS if status.state == "starting" else JOB_GONE_AFTER
    return now - parse_time(status.updated_at) <= allowed


def is_there(status: ProducerStatus, now: datetime) -> bool:
    """Tell whether a producer runs: it has not stopped, and was not killed."""
    return status.state != "stopped" and is_alive(status, now)


def not_running(
    name: str, status: ProducerStatus | JobStatus | GatewayStatus, now: datetime, zone: Zone
) -> str | None:
    """Say that a service has stopped, has failed or is not heard of; None while it runs."""
    if status.state == "stopped":
        return f"{name} stopped at {moment_to_second(parse_time(status.since), now, zone)}"
    if status.state == "failed":
        return _because(f"{name} has failed", status.last_error)
    if not is_alive(status, now):
        heard = moment_to_second(parse_time(status.updated_at), now, zone)
        return f"{name} is down: it was last heard from at {heard}"
    return None


def job_trouble(job: JobStatus | None, now: datetime, zone: Zone) -> str | None:
    """Say why no windows come from the job; None while it runs."""
    if job is None:
        return "The Spark job has not reported yet"
    if why := not_running("The Spark job", job, now, zone):
        return why
    if waits(job):
        return f"The Spark job is {job.last_error}"
    if job.state == "starting":
        return _because("The Spark job is starting", job.last_error)
    return None


def producer_trouble(producer: ProducerStatus, now: datetime, zone: Zone) -> str | None:
    """Say why no quotes come from a producer; None while they do or none are due."""
    name = "The producer" if producer.service == "producer" else f"Producer {producer.service}"
    if why := not_running(name, producer, now, zone):
        return why
    if not producer.details.broker_connected:
        return f"{name} is waiting for the broker (Kafka)"
    if producer.state == "connecting":
        return _because(f"{name} is connecting to its feed", producer.last_error)
    if producer.state == "silent":
        name = name[0].lower() + name[1:]
        return _because(f"The feed of {name} sends nothing", producer.last_error)
    return None


def nothing_due(producer: ProducerStatus, now: datetime, zone: Zone) -> str | None:
    """Say why no quote is due although all is well; None while quotes are."""
    if producer.state == "finished":
        return "The replay is finished"
    if producer.state == "market_closed":
        return _because("The market is closed", producer.last_error)
    if producer.state == "waiting_for_budget":
        return _next_call(producer, now, zone)
    due = producer.details.next_quote_at
    if due is None or parse_time(due) <= now:
        return None
    recorded = facts(producer.details.feed).kind == "recorded"
    what = "The replay continues" if recorded else "The next quote is due"
    return f"{what} at {moment_to_second(parse_time(due), now, zone)}"


def feed_label(producer: ProducerStatus) -> str:
    """Name a producer's feed; one that failed while it started may have none."""
    return facts(producer.details.feed).label or "not known"


def falling_back(producer: ProducerStatus, now: datetime, zone: Zone) -> str | None:
    """Say what stands in for a feed that may not be asked now; None where nothing does."""
    if producer.state != "falling_back":
        return None
    text = f"Prices are made up for now (synthetic), in place of {feed_label(producer)}'s"
    return f"{_because(text, producer.last_error).rstrip('.')}. {_next_call(producer, now, zone)}"


def end_of_day(producer: ProducerStatus) -> set[str]:
    """Give the trading days that a producer's last quotes are of, where they are of the past."""
    return {it.as_of for it in producer.details.symbols.values() if it.as_of}


def _next_call(producer: ProducerStatus, now: datetime, zone: Zone) -> str:
    """Say when a provider may be asked next, and how many of its calls are used."""
    budget = producer.details.budget
    if budget is None or budget.next_call_at is None:
        return "The provider's calls are used up"
    due = moment_to_second(parse_time(budget.next_call_at), now, zone)
    return f"The next call is due at {due} ({budget.used} of {budget.daily_calls} calls are used)"


def _because(text: str, error: str | None) -> str:
    return f"{text}: {error}" if error else text
