"""From windows and statuses to the state of the page: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.sources import facts
from dashboard.models.health import (
    end_of_day,
    falling_back,
    job_trouble,
    nothing_due,
    producer_trouble,
)
from dashboard.models.lag import catching_up, held_back_in_short, unread
from dashboard.models.words import age, duration, moment, moment_to_second
from dashboard.models.zones import Zone
from dashboard.store import Newest
from dashboard.store.statuses import ProducerStatus, Statuses

_SLACK = timedelta(seconds=10)
_SOON = timedelta(seconds=20)
_CLOCKS_DIFFER = timedelta(minutes=15)
"""By so much an object store's clock may differ from this one: of more it refuses requests."""
_SET_BACK = (
    "A clock was ahead and has been set back, or this page's is behind: until that time comes,"
    " newer windows are shown only in a custom range"
)


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


def unreadable(why: str, *, remote: bool) -> PageState:
    """Say that the windows cannot be read; `remote`: they lie in an object store."""
    advice = (
        "The page keeps trying"
        if remote
        else "Check that the data folder (DATA_DIR) is there,"
        " and that user 1001 or group 0 may read it"
    )
    return PageState(Kind.ERROR, "The windows cannot be read.", (why, advice))


def broken(files: int) -> PageState | None:
    """Say that there is no window because no file can be read; None where there is no file."""
    if not files:
        return None
    return PageState(Kind.ERROR, "There are files of windows, and none of them can be read.")


def showing(
    statuses: Statuses, newest: Newest, arrived_at: datetime, now: datetime, zone: Zone
) -> PageState:
    """Say how the windows that are there stand to now."""
    troubles = [producer_trouble(it, now, zone) for it in statuses.producers]
    well = [it for it, text in zip(statuses.producers, troubles, strict=True) if not text]
    # Producers count only where not one of them is well.
    amiss = [] if well else troubles or ["No producer has reported"]
    trouble = tuple(filter(None, (job_trouble(statuses.job, now, zone), *amiss)))
    # What holds windows up although the job runs.
    holding_up = held_back_in_short(statuses, now, zone), catching_up(statuses, now)
    slow = tuple(filter(None, holding_up))
    late = now - arrived_at
    if late < -_CLOCKS_DIFFER:
        written = moment_to_second(arrived_at, now, zone)
        ahead = f"The newest window was written at {written}, which is {duration(-late)} ahead."
        return PageState(Kind.STALE, ahead, (_SET_BACK, *trouble))
    due = 2 * statuses.pace.slide + statuses.pace.trigger + _SLACK
    quiet = [text for it in well if (text := nothing_due(it, now, zone))]
    all_quiet = 0 < len(quiet) == len(well)
    if late > due or ((trouble or all_quiet) and late > _SOON):
        since_when = moment_to_second(arrived_at, now, zone)
        since = f"No new window for {duration(late)}, since {since_when}."
        if all_quiet and not trouble and not slow:
            closed = all(it.state == "market_closed" for it in well)
            return PageState(Kind.CLOSED if closed else Kind.QUIET, since, tuple(quiet))
        return PageState(Kind.STALE, since, (*slow, *trouble) or _unknown(statuses))
    on_arrival = arrived_at - newest.window_end
    if on_arrival > due + statuses.pace.delay and not newest.replays_the_past(arrived_at):
        behind = duration(now - newest.window_end)
        text = f"The newest window is {behind} behind the clock."
        lag = unread(statuses)
        to_go = f": {lag:,} records to go" if lag else ""
        return PageState(Kind.DELAYED, text, slow or (f"The Spark job is catching up{to_go}",))
    return _coming(well or statuses.producers, newest, now, zone)


def _coming(
    producers: Sequence[ProducerStatus], newest: Newest, now: datetime, zone: Zone
) -> PageState:
    """Say what kind of prices come, while they do."""
    end = moment(newest.window_end, now, zone)
    old = age(now - newest.window_end)
    text = f"Newest window to {end}{old and f', {old} ago'}."
    falling = [falling_back(it, now, zone) for it in producers]
    if causes := tuple(filter(None, falling)):
        return PageState(Kind.FALLING_BACK, text, causes)
    days = {day for it in producers for day in end_of_day(it)}
    if days and all(facts(it).end_of_day for it in newest.sources):
        cause = f"These are end-of-day prices of {', '.join(sorted(days))}, not current ones"
        return PageState(Kind.END_OF_DAY, text, (cause,))
    return PageState(Kind.LIVE, text)


def _unknown(statuses: Statuses) -> tuple[str, ...]:
    lag = unread(statuses)
    behind = f", the job {lag:,} records behind" if lag else ""
    return (f"Producer and Spark job say that they run{behind}: see `docker compose logs`",)
