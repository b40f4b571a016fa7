"""How the pipeline is: its stages with a light each, and why."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from contracts.location import Location
from contracts.status import JobDetails
from dashboard.models.gateway import of_gateway
from dashboard.models.health import is_alive, is_there, job_trouble
from dashboard.models.lag import catching_up, held_back_in_short, unread
from dashboard.models.producers import of_producers
from dashboard.models.stage import Light, Stage
from dashboard.models.words import duration, moment_to_second, size
from dashboard.models.zones import Zone
from dashboard.store import Snapshot
from dashboard.store.statuses import Statuses

_MANY_BEHIND = 10_000
_LONG_BEHIND_S = 30
_WHOLE_BATCH, _PHASES = "triggerExecution", 3
_USUAL = Location()[:2]
_FORMATS = {"parquet": "plain files", "delta": "a Delta table"}


def stages(
    statuses: Statuses,
    snapshot: Snapshot,
    *,
    now: datetime,
    unreadable: str | None,
    location: Location,
    delays_s: Sequence[float],
    zone: Zone,
) -> list[Stage]:
    """List the stages, from the feed to the page."""
    return [
        *of_producers(statuses, now, zone),
        _broker(statuses, now),
        _job(statuses, now, zone),
        *of_gateway(statuses.gateway, now, zone),
        _files(snapshot, unreadable, location, now, zone),
        _page(snapshot, delays_s, now),
    ]


def _broker(statuses: Statuses, now: datetime) -> Stage:
    there = [it for it in statuses.producers if is_there(it, now)]
    # One that failed while it started has not tried to reach it.
    connected = [
        it.details.broker_connected
        for it in there
        if it.state != "failed" or it.details.broker_connected
    ]
    behind = unread(statuses)
    partitions = str(len(statuses.job.details.lag)) if statuses.job else "?"
    figures: tuple[tuple[str, str], ...] = (("Partitions", partitions),)
    if behind is not None:
        figures += (("Records not yet read", f"{behind:,}"),)
    if not connected:
        return Stage("Broker", Light.UNKNOWN, "No producer is running", figures)
    if not any(connected):
        return Stage("Broker", Light.BAD, "No producer reaches it", figures)
    return Stage("Broker", Light.OK, "Producers are connected", figures)


def _job(statuses: Statuses, now: datetime, zone: Zone) -> Stage:
    job, trouble = statuses.job, job_trouble(statuses.job, now, zone)
    if job is None:
        return Stage("Spark job", Light.UNKNOWN, "It has not reported yet")
    details, behind = job.details, unread(statuses) or 0
    figures: tuple[tuple[str, str], ...] = (
        ("Records in", f"{details.input_rows_per_second:,.1f} /s"),
        ("Can process", f"{details.processed_rows_per_second:,.0f} /s"),
        ("Behind", _behind(details, behind)),
        ("Batch", f"{details.batch_ms.get(_WHOLE_BATCH, 0) / 1000:.2f} s"),
        ("State", f"{details.state_rows:,} rows, {size(details.state_bytes)}"),
        ("Windows written", f"{details.rows_written:,}"),
    )
    if details.executors is not None:
        figures += (("Executors of the cluster", str(details.executors)),)
    if trouble:
        starting = job.state == "starting" and is_alive(job, now)
        light = Light.WARN if starting else Light.BAD
        return Stage("Spark job", light, trouble, figures)
    if slow := catching_up(statuses, now) or held_back_in_short(statuses, now, zone):
        return Stage("Spark job", Light.WARN, slow, figures)
    seconds = _lag_s(details)
    if (behind > _MANY_BEHIND) if seconds is None else (seconds > _LONG_BEHIND_S):
        return Stage("Spark job", Light.WARN, f"It is {_behind(details, behind)} behind", figures)
    return Stage("Spark job", Light.OK, "It runs", figures)


def _lag_s(details: JobDetails) -> float | None:
    return max((it.lag_s for it in details.lag if it.lag_s is not None), default=None)


def _behind(details: JobDetails, records: int) -> str:
    seconds = _lag_s(details)
    return f"{records:,} records" + ("" if seconds is None else f", {seconds:.0f} s")


def _files(
    snapshot: Snapshot,
    unreadable: str | None,
    location: Location,
    now: datetime,
    zone: Zone,
) -> Stage:
    figures = (
        *_place(location),
        ("Files", f"{snapshot.files:,}"),
        ("In all" if location.is_remote else "On disk", size(snapshot.size_bytes)),
        ("Days", f"{len(snapshot.days):,}"),
    )
    if unreadable:
        return Stage("Files", Light.BAD, unreadable)
    if snapshot.broken:
        count = len(snapshot.broken)
        text = f"{count} of them cannot be read" if count > 1 else "1 of them cannot be read"
        return Stage("Files", Light.WARN, text, figures)
    if snapshot.arrived_at is None:
        return Stage("Files", Light.UNKNOWN, "There is no file yet")
    newest = moment_to_second(snapshot.arrived_at, now, zone)
    return Stage("Files", Light.OK, f"The newest was written at {newest}", figures)


def _place(location: Location) -> tuple[tuple[str, str], ...]:
    """Say where they lie, and as what; nothing of plain files in the folder of the volume."""
    if location[:2] == _USUAL:
        return ()
    return (("Place", location.uri), ("As", _FORMATS[location.format]))


def _page(snapshot: Snapshot, delays_s: Sequence[float], now: datetime) -> Stage:
    if snapshot.newest is None:
        return Stage("Page", Light.IDLE, "It is waiting for the first window")
    figures = _delays(delays_s)
    if snapshot.newest.replays_the_past(snapshot.arrived_at or now):
        figures = (("Window end to page", "not measured: the windows are of a replayed past"),)
    if snapshot.pending:
        return Stage("Page", Light.OK, "It is reading the history", figures)
    age = duration(now - snapshot.newest.window_end)
    return Stage("Page", Light.OK, f"Newest window {age} ago", figures)


def _delays(delays_s: Sequence[float]) -> tuple[tuple[str, str], ...]:
    if not delays_s:
        return ()
    ordered = sorted(delays_s)
    highest = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return (
        ("Window end to page", f"{median(ordered):.1f} s (median)"),
        ("99th percentile", f"{highest:.1f} s"),
        ("Measured over", "1 window" if len(ordered) == 1 else f"{len(ordered)} windows"),
    )


def longest_phases(details: JobDetails) -> str:
    """Name the three longest phases of the last batch; empty where the job has not said."""
    each = ((name, ms) for name, ms in details.batch_ms.items() if name != _WHOLE_BATCH)
    longest = sorted(each, key=lambda it: -it[1])[:_PHASES]
    return ", ".join(f"{name} {ms:,} ms" for name, ms in longest)
