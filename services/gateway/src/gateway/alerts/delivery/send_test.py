"""Sends a test alert to each address, by hand: ``docker compose run --rm gateway test-alert``."""

from collections.abc import Sequence
from datetime import datetime

from contracts.alerts import Alert
from contracts.times import format_time
from gateway.alerts import wording
from gateway.alerts.delivery.queue import Address
from gateway.alerts.making import OWN_RULE, make

NOT_TAKEN = 1
"""The exit code where an address did not take it."""


async def send_test(addresses: Sequence[Address], now: datetime) -> int:
    """Send one to each, and say what came of it; 0 where all took it."""
    alert = _alert(now)
    failed = 0
    for address in addresses:
        taken = await address.send(alert)
        failed += not taken
        print(f"address {address.label}: {'sent' if taken else 'not taken'}")  # noqa: T201 - for a person
    return NOT_TAKEN if failed else 0


def _alert(now: datetime) -> Alert:
    at = format_time(now)
    text = wording.sentence(OWN_RULE, "a test, sent by hand")
    return make(OWN_RULE, "test", text, at=at, origin=at)
