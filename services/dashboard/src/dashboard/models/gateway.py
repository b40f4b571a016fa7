"""How the gateway is, as a stage of the pipeline."""

from datetime import datetime

from contracts.times import parse_time
from dashboard.models.health import is_alive
from dashboard.models.stage import Light, Stage
from dashboard.models.words import moment
from dashboard.models.zones import IN_UTC, Zone
from dashboard.store.statuses import GatewayStatus

_NAME = "Gateway"


def of_gateway(status: GatewayStatus | None, now: datetime, zone: Zone = IN_UTC) -> list[Stage]:
    """Give the gateway's stage; none where it has never reported."""
    if status is None:
        return []
    details = status.details
    behind_s = max((topic.lag_s for topic in details.topics.values()), default=0.0)
    figures = (
        ("Symbols", f"{details.symbols:,}"),
        ("Readers of its stream", f"{details.readers:,}"),
        ("Behind", f"{behind_s:.0f} s"),
        ("Skipped records", f"{sum(it.skipped for it in details.topics.values()):,}"),
    )
    light, why = _light(status, behind_s, now, zone)
    return [Stage(_NAME, light, why, figures)]


def _light(status: GatewayStatus, behind_s: float, now: datetime, zone: Zone) -> tuple[Light, str]:
    if status.state == "stopped":
        return Light.BAD, f"It has stopped at {moment(parse_time(status.since), now, zone)}"
    if status.state == "failed":
        return Light.BAD, f"It has failed: {status.last_error}"
    if not is_alive(status, now):
        heard = moment(parse_time(status.updated_at).replace(microsecond=0), now, zone)
        return Light.BAD, f"It is down: it was last heard of at {heard}"
    if status.state in {"connecting", "waiting"}:
        return Light.WARN, "It is waiting for the broker (Kafka)"
    if status.state == "catching_up":
        return Light.WARN, f"It is {behind_s:.0f} s behind, and catches up"
    return Light.OK, "Live prices are served"
