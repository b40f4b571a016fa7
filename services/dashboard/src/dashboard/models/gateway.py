"""How the gateway is, as a stage of the pipeline."""

from datetime import datetime

from dashboard.models.health import not_running
from dashboard.models.stage import Light, Stage
from dashboard.models.zones import IN_UTC, Zone
from dashboard.store.statuses import GatewayStatus


def of_gateway(status: GatewayStatus | None, now: datetime, zone: Zone = IN_UTC) -> list[Stage]:
    """Give the gateway's stage; none where it has never reported."""
    if status is None:
        return []
    details = status.details
    behind_s = max((topic.lag_s for topic in details.topics.values()), default=0.0)
    figures: tuple[tuple[str, str], ...] = (
        ("Symbols", f"{details.symbols:,}"),
        ("Readers of its stream", f"{details.readers:,}"),
        ("Behind", f"{behind_s:.0f} s"),
        ("Skipped records", f"{sum(it.skipped for it in details.topics.values()):,}"),
    )
    if rules_lag := sum(it.rules_lag for it in details.topics.values()):
        figures += (("Alert rules behind", f"{rules_lag:,} records"),)
    light, why = _light(status, behind_s, now, zone)
    return [Stage("Gateway", light, why, figures)]


def _light(status: GatewayStatus, behind_s: float, now: datetime, zone: Zone) -> tuple[Light, str]:
    if why := not_running("It", status, now, zone):
        return Light.BAD, why
    if status.state in {"connecting", "waiting"}:
        return Light.WARN, f"It is {status.last_error or 'waiting for the broker (Kafka)'}"
    if status.state == "catching_up":
        return Light.WARN, f"It is {behind_s:.0f} s behind, and catching up"
    return Light.OK, "Live prices are served"
