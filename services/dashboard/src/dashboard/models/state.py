"""From windows and statuses to the state of the page: pure, and the one place that decides."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.times import parse_time
from dashboard.models.statuses import (
    ProducerStatus,
    Statuses,
    end_of_day,
    falling_back,
    job_trouble,
    nothing_due,
    producer_trouble,
)
from dashboard.models.words import duration, moment
from dashboard.models.zones import IN_UTC, Zone
from dashboard.store import Newest

_SLACK = timedelta(seconds=10)
_SOON = timedelta(seconds=20)
_OVERDUE = timedelta(seconds=30)
_REPLAY = "replay"


class Kind(StrEnum):
    """What a state is; the value is the word on the page."""

    WAITING = "Waiting"
    LIVE = "Live"
    DELAYED = "Delayed"
    END_OF_DAY = "End of day"
    FALLING_BACK = "Falling back"
    CLOSED = "Market closed"
    QUIET = "Quiet"
    STALE = "Stale"
    ERROR = "Error"


@dataclass(frozen=True)
class Step:
    """Something that is awaited before the first window, and whether it is done."""

    text: str
    done: bool


@dataclass(frozen=True)
class PageState:
    """The kind, one sentence, the likely causes, and while waiting the steps."""

    kind: Kind
    summary: str
    causes: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def unreadable(why: str) -> PageState:
    """Say that the folder of aggregates cannot be read."""
    check = "Is the data folder (DATA_DIR) there, and may user 1001 or group 0 read it?"
    return PageState(Kind.ERROR, "The windows cannot be read.", (why, check))


def broken(files: int) -> PageState | None:
    """Say that there is no window because no file can be read; None where there is no file."""
    if not files:
        return None
    return PageState(Kind.ERROR, "There are files of windows, and none of them can be read.")


def waiting(statuses: Statuses, now: datetime) -> PageState:
    """Say what is awaited while there is no window at all."""
    producers = [_producer_step(it, now) for it in statuses.producers] or [
        Step("The producer has not reported yet", done=False)
    ]
    trouble = job_trouble(statuses.job, now)
    job = Step(trouble or "The Spark job is running", done=trouble is None)
    window = Step(_first_window(statuses, now), done=False)
    steps = (*producers, job, window)
    return PageState(Kind.WAITING, "No window yet. This is what it takes:", steps=steps)


def showing(
    statuses: Statuses, newest: Newest, arrived_at: datetime, now: datetime, zone: Zone = IN_UTC
) -> PageState:
    """Say how the windows that are there stand to now."""
    trouble = _trouble(statuses, now)
    late = now - arrived_at
    due = 2 * statuses.pace.slide + statuses.pace.trigger + _SLACK
    quiet = [text for it in statuses.producers if (text := nothing_due(it, now, zone))]
    nothing_comes = trouble or (quiet and len(quiet) == len(statuses.producers))
    if late > due or (nothing_comes and late > _SOON):
        since_when = moment(arrived_at.replace(microsecond=0), now, zone)
        since = f"No new window for {duration(late)}, since {since_when}."
        if quiet and not trouble:
            return PageState(_quiet_kind(statuses), since, tuple(quiet))
        return PageState(Kind.STALE, since, trouble or _unknown(statuses))
    on_arrival = arrived_at - newest.window_end
    if on_arrival > due + statuses.pace.delay and _REPLAY not in newest.sources:
        behind = duration(now - newest.window_end)
        text = f"The newest window is {behind} behind the clock."
        return PageState(Kind.DELAYED, text, (_catching_up(statuses),))
    return _coming(statuses, newest, now, zone)


def _coming(statuses: Statuses, newest: Newest, now: datetime, zone: Zone) -> PageState:
    """Say what kind of prices come, while they do."""
    end = moment(newest.window_end, now, zone)
    text = f"Newest window to {end}, {duration(now - newest.window_end)} ago."
    falling = [falling_back(it, now, zone) for it in statuses.producers]
    if causes := tuple(filter(None, falling)):
        return PageState(Kind.FALLING_BACK, text, causes)
    days = {day for it in statuses.producers for day in end_of_day(it)}
    if days and newest.sources == {"alpha-vantage"}:
        cause = f"These are end-of-day prices of {', '.join(sorted(days))}, not those of now"
        return PageState(Kind.END_OF_DAY, text, (cause,))
    return PageState(Kind.LIVE, text)


def _quiet_kind(statuses: Statuses) -> Kind:
    closed = all(it.state == "market_closed" for it in statuses.producers)
    return Kind.CLOSED if closed else Kind.QUIET


def _producer_step(producer: ProducerStatus, now: datetime) -> Step:
    if trouble := producer_trouble(producer, now):
        return Step(trouble, done=False)
    published = producer.details.published
    feed = producer.details.feed
    if not published:
        text = nothing_due(producer, now) or "No quote has come yet"
        return Step(f"Feed {feed}: {text[0].lower()}{text[1:]}", done=False)
    return Step(f"Feed {feed}: {published:,} quotes published", done=True)


def _first_window(statuses: Statuses, now: datetime) -> str:
    pace = statuses.pace
    needs = pace.slide + pace.delay + 2 * pace.trigger
    text = (
        f"The first window closes about {duration(needs)} after the first quote"
        f" and is full after {duration(pace.length)}"
    )
    running = [statuses.job, *statuses.producers]
    if not statuses.producers or any(it is None or _troubled(it, statuses, now) for it in running):
        return text
    began = max(parse_time(it.since) for it in running if it)
    left = began + needs - now
    if left < -_OVERDUE:
        return f"{text}; it is overdue: see `docker compose logs spark-job`"
    return f"{text}: {duration(left)} left" if left > timedelta(0) else f"{text}: any moment now"


def _troubled(status: object, statuses: Statuses, now: datetime) -> bool:
    if status is statuses.job:
        return job_trouble(statuses.job, now) is not None
    return any(producer_trouble(it, now) for it in statuses.producers if it is status)


def _trouble(statuses: Statuses, now: datetime) -> tuple[str, ...]:
    """Give what is amiss, the job first; producers only where not one of them is well."""
    job = job_trouble(statuses.job, now)
    each = [producer_trouble(it, now) for it in statuses.producers]
    producers = [text for text in each if text]
    if not each:
        producers = ["No producer has reported"]
    if len(producers) < len(each):
        producers = []
    return tuple([job, *producers] if job else producers)


def _unknown(statuses: Statuses) -> tuple[str, ...]:
    lag = _lag(statuses)
    if lag:
        return (f"The Spark job is {lag:,} records behind",)
    return ("Producer and Spark job say that they run: see `docker compose logs`",)


def _catching_up(statuses: Statuses) -> str:
    lag = _lag(statuses)
    return (
        f"The Spark job is catching up: {lag:,} records to go"
        if lag
        else ("The Spark job is catching up")
    )


def _lag(statuses: Statuses) -> int:
    return sum(it.lag for it in statuses.job.details.lag) if statuses.job else 0
