"""The stages of the producers, and what each says of itself."""

from datetime import datetime

from contracts.times import parse_time
from dashboard.models.health import (
    falling_back,
    feed_label,
    is_alive,
    nothing_due,
    producer_trouble,
)
from dashboard.models.stage import Light, Stage
from dashboard.models.words import duration
from dashboard.models.zones import Zone
from dashboard.store.statuses import ProducerStatus, Statuses

_OF_NOTE = frozenset({"connecting", "silent", "falling_back"})


def of_producers(statuses: Statuses, now: datetime, zone: Zone) -> list[Stage]:
    """List the stages of the producers; one that says so while there is none."""
    if not statuses.producers:
        return [Stage("Producer", Light.UNKNOWN, "It has not reported yet")]
    found = []
    for it in statuses.producers:
        name = "Producer" if it.service == "producer" else f"Producer {it.service}"
        trouble, idle = producer_trouble(it, now, zone), nothing_due(it, now, zone)
        light = Light.WARN if it.state in _OF_NOTE else Light.IDLE if idle else Light.OK
        if trouble and not (it.state in _OF_NOTE and is_alive(it, now)):
            light = Light.BAD
        why = trouble or idle or falling_back(it, now, zone) or "Quotes are coming in"
        found.append(Stage(name, light, why, _figures(it, now)))
    return found


def _state(it: ProducerStatus) -> str:
    if it.state == "connecting" and not it.details.broker_connected:
        return "waiting for the broker"
    return it.state.replace("_", " ")


def _figures(it: ProducerStatus, now: datetime) -> tuple[tuple[str, str], ...]:
    """Give a producer's figures; what its feed lost only where it lost anything."""
    details = it.details
    lost = (
        ("Reconnects", details.reconnects),
        ("Gaps in the feed", details.gaps),
        ("Quotes dropped", details.dropped_quotes),
    )
    return (
        ("Feed", feed_label(it)),
        ("State", _state(it)),
        ("Quotes published", f"{details.published:,}"),
        ("Heartbeats", f"{details.heartbeats:,}"),
        ("Not acknowledged", f"{details.pending:,}"),
        *((label, f"{count:,}") for label, count in lost if count),
        ("In this state for", duration(now - parse_time(it.since))),
    )
