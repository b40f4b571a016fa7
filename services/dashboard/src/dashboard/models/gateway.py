"""How the gateway and its alerts are, as stages of the pipeline."""

from datetime import datetime

from dashboard.models.health import not_running
from dashboard.models.stage import Light, Stage
from dashboard.models.zones import Zone
from dashboard.store.statuses import GatewayStatus


def of_gateway(status: GatewayStatus | None, now: datetime, zone: Zone) -> list[Stage]:
    """Give the gateway's stage, and that of the alerts while it runs; none if it never reported."""
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
    gateway = Stage("Gateway", light, why, figures)
    return [gateway] if light is Light.BAD else [gateway, _alerts(status)]


def wrong_rules(status: GatewayStatus | None) -> str | None:
    """Say what is wrong with the file of rules, if anything is."""
    error = status and status.details.rules_error
    if not error:
        return None
    return f"The rules for alerts have a fault, and those of before stay in force: {error}"


def _alerts(status: GatewayStatus) -> Stage:
    details = status.details
    figures = (
        ("Rules", f"{details.rules:,}"),
        ("Waiting for delivery", f"{sum(details.alerts_waiting.values()):,}"),
    )
    if why := wrong_rules(status):
        return Stage("Alerts", Light.WARN, why, figures)
    if status.last_error and status.state in {"catching_up", "following"}:
        return Stage("Alerts", Light.WARN, status.last_error, figures)
    if not details.rules:
        return Stage("Alerts", Light.IDLE, "There is no rule", figures)
    return Stage("Alerts", Light.OK, "The rules are in force", figures)


def _light(status: GatewayStatus, behind_s: float, now: datetime, zone: Zone) -> tuple[Light, str]:
    if why := not_running("It", status, now, zone):
        return Light.BAD, why
    if status.state in {"connecting", "waiting"}:
        return Light.WARN, f"It is {status.last_error or 'waiting for the broker (Kafka)'}"
    if status.state == "catching_up":
        return Light.WARN, f"It is {behind_s:.0f} s behind, and catching up"
    return Light.OK, "Live prices are served"
