"""The status files: ``/data/status/<service>.json``, one writer each, always whole."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import structlog

from contracts.files import write_whole
from contracts.refusals import Reason
from contracts.times import Time, epoch_us, format_time

_log = structlog.get_logger()

SCHEMA_VERSION: Final = 1
JOB, GATEWAY = "spark-job", "gateway"
"""The services that are there once, by the names of their files; any other name is a producer's."""
GONE_AFTER = timedelta(seconds=15)
"""A producer or gateway whose file is older is gone: they write every second."""
JOB_GONE_AFTER = timedelta(seconds=45)
"""The same for the job: it writes after each batch and each trigger without one, and its lag."""
STARTED_AGAIN = "started again after: "
"""How `last_error` of a job begins that starts after it has failed; the reason follows."""
_WAITING = "waiting"
"""How `last_error` of a job begins that waits for another service; for which follows."""
MOST_SYMBOLS = 20_000
"""So many symbols a producer's file lists, and those of its settings: there may be others then."""


type ProducerState = Literal[
    "connecting", "live", "waiting_for_budget", "market_closed", "falling_back", "silent",
    "finished", "failed", "stopped",
]  # fmt: skip
type GatewayState = Literal[
    "connecting", "following", "catching_up", "waiting", "failed", "stopped",
]  # fmt: skip
type JobState = Literal["starting", "running", "failed", "stopped"]


class _Timed(msgspec.Struct, kw_only=True):
    """Has members that are times; raises `ValueError` where one is none of the calendar's."""

    def __post_init__(self) -> None:
        for name in _times_of(type(self)):
            if (text := getattr(self, name)) is not None:
                epoch_us(text)


@cache
def _times_of(of: type[_Timed]) -> tuple[str, ...]:
    return tuple(it.name for it in msgspec.structs.fields(of) if it.type in {Time, Time | None})


class SymbolStatus(_Timed, kw_only=True):
    """The last quote of a symbol as published, how many there were, and why it was dropped.

    `age_s` is how many seconds ago the last quote was so, by its event time; `silent` tells that
    nothing has come for long although it should.
    """

    price: float | None = None
    source: str | None = None
    event_time: Time | None = None
    ingest_time: Time | None = None
    age_s: float | None = None
    as_of: str | None = None
    count: int = 0
    silent: bool = False
    dropped: str | None = None


class Budget(_Timed, kw_only=True):
    """What is left of a provider's calls, and when the next one is due."""

    daily_calls: int
    used: int
    remaining: int
    next_call_at: Time | None


class ProducerDetails(_Timed, kw_only=True):
    """What the producer tells: `published` and `heartbeats` count acknowledged records.

    `reconnects` counts connections made anew, `gaps` quotes that the provider numbered and that
    never came, `dropped_quotes` those that had to make room while the broker was away.
    `next_quote_at` is when the feed's next quote is due, where that is over a minute away.
    `key_rejected` tells that the feed has failed since its provider takes the key for none;
    `off_hours` that its exchange is closed: some symbols may be traded all the same.
    """

    feed: str
    run_id: str
    topic: str
    published: int = 0
    heartbeats: int = 0
    pending: int = 0
    broker_connected: bool = False
    symbols: dict[str, SymbolStatus] = {}
    outcomes: dict[str, int] = {}
    reconnects: int = 0
    gaps: int = 0
    dropped_quotes: int = 0
    next_quote_at: Time | None = None
    budget: Budget | None = None
    fallback: str | None = None
    key_rejected: bool = False
    off_hours: bool = False


class NamedSymbol(msgspec.Struct):
    """A symbol of which all but its name is left unread."""


class ProducerSummary(_Timed, kw_only=True):
    """Of `ProducerDetails` what rules for alerts need: of thousands of symbols their names only."""

    feed: str
    symbols: dict[str, NamedSymbol] = {}
    next_quote_at: Time | None = None
    budget: Budget | None = None
    key_rejected: bool = False
    off_hours: bool = False


class PartitionLag(msgspec.Struct, kw_only=True):
    """How far the job is behind in one partition; `processed` is the next offset to read.

    `lag` counts records; `lag_s` is how many seconds ago the broker took in the next one to read, 0
    where there is none, and null where it is not known.
    """

    partition: int
    processed: int
    latest: int
    lag: int
    lag_s: float | None = None


class CatchingUp(msgspec.Struct, kw_only=True):
    """How far the job is with a backlog of more than it takes in with a few batches.

    `records_left` are the unread ones of all partitions, `records_per_second` is how fast it has
    read lately, 0 where that is not known yet. In `seconds_left` it will have caught up at that
    rate, less what still comes in; null where as much comes in, or where the rate is not known.
    """

    records_left: int
    records_per_second: float
    seconds_left: float | None


class HeldBack(_Timed, kw_only=True):
    """A partition that holds windows back: no newer event for 30 s while others had some.

    Refused records do not count. `since` is when its newest event was taken in, or, where refused
    or older ones came after it, when it happened; null where it never had one.
    """

    partition: int
    since: Time | None


class RefusedSample(_Timed, kw_only=True):
    """One refused record, its payload cut to what a person looks at."""

    reason: Reason
    detail: str
    partition: int
    offset: int
    kafka_timestamp: Time
    payload: str | None


class JobDetails(_Timed, kw_only=True):
    """What the Spark job tells of itself; counts are since its start, times in milliseconds.

    `executors` are the processes of a cluster that work for it now; None on one machine.
    """

    spark_version: str
    topic: str
    window_length: str
    window_slide: str
    watermark_delay: str
    trigger_interval: str
    query_id: str | None = None
    batch_id: int | None = None
    batch_at: Time | None = None
    input_rows_per_second: float = 0.0
    processed_rows_per_second: float = 0.0
    batch_ms: dict[str, int] = {}
    watermark: Time | None = None
    state_rows: int = 0
    state_bytes: int = 0
    executors: int | None = None
    late_window_updates: int = 0
    rows_written: int = 0
    files_written: int = 0
    lag: list[PartitionLag] = []
    catching_up: CatchingUp | None = None
    held_back_by: list[HeldBack] = []
    refused: dict[Reason, int] = {}
    refused_samples: list[RefusedSample] = []
    notices: list[str] = []


class FollowedTopic(msgspec.Struct, kw_only=True):
    """How far the gateway is in a topic; the first three count records since its start.

    `skipped` are those that it skipped to catch up with the newest, and those that are damaged
    on the broker's disk. `lag` are unread ones, and `lag_s` is how many seconds ago the broker took
    in the last that was read, 0 where all are. `rules_lag` are those that the rules for alerts have
    yet to look at of what was read, where they catch up beside it.
    """

    read: int = 0
    refused: int = 0
    skipped: int = 0
    lag: int = 0
    lag_s: float = 0.0
    rules_lag: int = 0


class GatewayDetails(msgspec.Struct, kw_only=True):
    """What the gateway tells: the topics by name, and of the stream's readers; counts since start.

    `rounds_skipped` are those that readers were too slow for, after which they took the newest;
    `windows_missed` are final windows and alerts no longer kept when a reader came to them.
    `rules` counts the rules for alerts that are in force, `rules_error` says why the file of rules
    cannot be used; `alerts_error` says why alerts cannot be kept on the disk; `alerts_waiting`
    counts the alerts that wait, by address. For `waiting_s` seconds the broker has not answered, or
    has not had a topic, 0 while it does.
    """

    topics: dict[str, FollowedTopic]
    symbols: int = 0
    readers: int = 0
    messages: int = 0
    rounds_skipped: int = 0
    windows_missed: int = 0
    rules: int = 0
    rules_error: str | None = None
    alerts_error: str | None = None
    alerts_waiting: dict[str, int] = {}
    waiting_s: float = 0.0


type Details = ProducerDetails | JobDetails | GatewayDetails


class Status[D](_Timed, kw_only=True):
    """The whole file: `since` is when the state began, `updated_at` when this was written."""

    schema_version: Literal[1]
    service: str
    state: str
    since: Time
    updated_at: Time
    last_error: str | None
    details: D


class StatusWriter[D]:
    """Writes one service's file whole: as a temporary file, then renamed.

    `now` gives the aware time.
    """

    def __init__(self, directory: Path, service: str, now: Callable[[], datetime]) -> None:
        self._path = directory / f"{service}.json"
        self._service = service
        self._now = now
        self._state = ""
        self._since = ""
        self._trouble: str | None = None

    def keep(self, state: str, details: D, last_error: str | None = None) -> None:
        """Write as `write` does; where that fails, the log says so once, and once that it works."""
        try:
            self.write(state, details, last_error)
        except OSError as error:
            if str(error) != self._trouble:
                _log.error("the status file cannot be written", why=str(error))
            self._trouble = str(error)
        else:
            if self._trouble:
                _log.info("the status file is written again")
            self._trouble = None

    def write(self, state: str, details: D, last_error: str | None = None) -> None:
        """Write the state now; `since` moves when the state is another than before.

        Raises `OSError`.
        """
        now = format_time(self._now())
        if state != self._state:
            self._state, self._since = state, now
        status = Status(
            schema_version=SCHEMA_VERSION,
            service=self._service,
            state=state,
            since=self._since,
            updated_at=now,
            last_error=last_error,
            details=details,
        )
        write_whole(self._path, msgspec.json.encode(status), synced=False)


def report_failure(
    directory: Path, service: str, error: str, now: datetime, details: Details
) -> None:
    """Write that a service cannot start, and why; what its file says of the run before stays.

    `details` are those of a service that has no file yet. `since` stays while it fails for the same
    reason again and again. Where the file cannot be written nothing is raised: the error is what a
    person has to see, on the caller's own output.
    """
    path = directory / f"{service}.json"
    since = updated_at = format_time(now)
    with suppress(OSError, ValueError):
        before = msgspec.json.decode(path.read_bytes(), type=Status[Any])
        details = msgspec.convert(before.details, type(details))
        if (before.state, before.last_error) == ("failed", error):
            since = before.since
    status = Status(
        schema_version=SCHEMA_VERSION,
        service=service,
        state="failed",
        since=since,
        updated_at=updated_at,
        last_error=error,
        details=details,
    )
    with suppress(OSError):
        write_whole(path, msgspec.json.encode(status), synced=False)


def status_files(folder: Path) -> list[Path]:
    """List the status files of a folder by name; none where it is not there."""
    return sorted(folder.glob("[!._]*.json"))


def read_producer(content: bytes) -> Status[ProducerDetails]:
    """Read a producer's file; raises `msgspec.DecodeError` where it is none."""
    return msgspec.json.decode(content, type=Status[ProducerDetails])


def read_producer_summary(content: bytes) -> Status[ProducerSummary]:
    """Read some of a producer's file; raises `msgspec.DecodeError` where it is none."""
    return msgspec.json.decode(content, type=Status[ProducerSummary])


def read_job(content: bytes) -> Status[JobDetails]:
    """Read the Spark job's file; raises `msgspec.DecodeError` where it is none."""
    return msgspec.json.decode(content, type=Status[JobDetails])


def waits(job: Status[JobDetails]) -> bool:
    """Tell whether the job waits for another service: when it starts, and when it was running."""
    return job.state == "starting" and (job.last_error or "").startswith(_WAITING)


def read_gateway(content: bytes) -> Status[GatewayDetails]:
    """Read the gateway's file; raises `msgspec.DecodeError` where it is none."""
    return msgspec.json.decode(content, type=Status[GatewayDetails])
