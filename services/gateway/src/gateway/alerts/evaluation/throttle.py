"""Pauses a rule that would trigger too often; a notice says so in place of its alert."""

from contracts.alerts import Alert
from gateway.alerts import wording
from gateway.alerts.evaluation.limit import Allowance
from gateway.alerts.evaluation.state import State
from gateway.alerts.making import make
from gateway.alerts.rules.kinds import Rule


def throttled(state: State, mark: str, rule: Rule, alert: Alert, now_us: int) -> list[Alert]:
    """Give the alert, a notice that its rule is paused in its place, or nothing in a pause."""
    match state.limit_of(mark).ask(now_us, rule.max_per_hour):
        case Allowance.GIVEN:
            return [alert]
        case Allowance.PAUSED_NOW:
            return [_paused(rule, alert)]
        case Allowance.PAUSED:
            return []


def _paused(rule: Rule, alert: Alert) -> Alert:
    most = rule.max_per_hour
    return make(
        rule.name,
        "notice",
        wording.sentence(
            rule.name, f"paused for an hour: it would trigger more than {most} times within one"
        ),
        at=alert.at,
        origin=f"paused {alert.alert_id}",
        value=most + 1,
        threshold=most,
    )
