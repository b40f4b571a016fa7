"""What is awaited while there is no window at all."""

from datetime import datetime, timedelta

from contracts.times import parse_time
from dashboard.models.health import feed_label, job_trouble, nothing_due, producer_trouble
from dashboard.models.lag import catching_up, held_back_in_short
from dashboard.models.state import Kind, PageState, Step
from dashboard.models.words import duration, length
from dashboard.models.zones import IN_UTC, Zone
from dashboard.store.statuses import ProducerStatus, Statuses

_OVERDUE = timedelta(seconds=30)
_SECOND = timedelta(seconds=1)


def waiting(statuses: Statuses, now: datetime, zone: Zone) -> PageState:
    """Say what is awaited while there is no window at all."""
    producers = [_producer_step(it, now, zone) for it in statuses.producers] or [
        Step("The producer has not reported yet", done=False)
    ]
    trouble = job_trouble(statuses.job, now, zone) or catching_up(statuses, now)
    job = Step(trouble or "The Spark job is running", done=trouble is None)
    window = Step(_first_window(statuses, now), done=False)
    held_back = held_back_in_short(statuses, now, zone)
    return PageState(
        Kind.WAITING,
        "There is no window yet. The first one needs:",
        causes=(held_back,) if held_back else (),
        steps=(*producers, job, window),
    )


def _producer_step(producer: ProducerStatus, now: datetime, zone: Zone) -> Step:
    if trouble := producer_trouble(producer, now, zone):
        return Step(trouble, done=False)
    published = producer.details.published
    feed = feed_label(producer)
    if not published:
        text = nothing_due(producer, now, zone) or "No quote has come yet"
        return Step(f"Feed {feed}: {text[0].lower()}{text[1:]}", done=False)
    return Step(f"Feed {feed}: {published:,} quotes published", done=True)


def _first_window(statuses: Statuses, now: datetime) -> str:
    pace = statuses.pace
    needs = pace.slide + pace.delay + pace.trigger
    closes = f"The first window closes about {duration(needs)} after the first quote"
    full = f"and is full after {length(pace.length)}"
    text = f"{closes} {full}"
    job, producers = statuses.job, statuses.producers
    if (
        job is None
        or job_trouble(job, now, IN_UTC)
        or any(producer_trouble(it, now, IN_UTC) for it in producers)
        or catching_up(statuses, now)
        or held_back_in_short(statuses, now, IN_UTC)
        or not any(it.details.published for it in producers)
    ):
        return text
    began = max(map(parse_time, (job.since, *(it.since for it in producers))))
    left = began + needs - now
    if left < -_OVERDUE:
        return f"{closes}; it is overdue: see `docker compose logs spark-job`"
    return f"{closes}, {_in(left)}, {full}"


def _in(left: timedelta) -> str:
    return f"in {duration(left)}" if left >= _SECOND else "any moment now"
