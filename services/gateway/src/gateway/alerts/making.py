"""Makes alerts: an alert's id follows from what it is about."""

import hashlib
from datetime import datetime

import msgspec

from contracts.alerts import SCHEMA_VERSION, Alert, AlertKind
from contracts.sources import is_made_up
from contracts.times import format_time

OWN_RULE = "alerts"
"""The rule's name in notices that no rule is the cause of."""


def alert_id(rule: str, symbol: str | None, source: str | None, origin: str) -> str:
    """Name an alert: the same rule, symbol, source and origin always give the same.

    `origin` is the record or window that triggered the rule, or what else happened once only.
    """
    parts = msgspec.json.encode([rule, symbol, source, origin])
    return hashlib.sha256(parts).hexdigest()[:32]


def make(
    rule: str,
    kind: AlertKind,
    text: str,
    *,
    at: str,
    origin: str,
    symbol: str | None = None,
    source: str | None = None,
    value: float | None = None,
    threshold: float | None = None,
) -> Alert:
    """Make an alert; `at` is a time in the contract's format."""
    return Alert(
        schema_version=SCHEMA_VERSION,
        alert_id=alert_id(rule, symbol, source, f"{kind} {origin}"),
        rule=rule,
        kind=kind,
        symbol=symbol,
        source=source,
        at=at,
        value=value,
        threshold=threshold,
        text=text,
        made_up=source is not None and is_made_up(source),
    )


def notice(text: str, now: datetime, origin: str) -> Alert:
    """Make a notice of the alerts' own; `origin` tells it from another of the same moment."""
    return make(OWN_RULE, "notice", text, at=format_time(now), origin=origin)
