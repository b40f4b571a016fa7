"""How long a provider asks to wait."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

LONGEST_RETRY_AFTER = timedelta(days=1)

_BANNED = 418  # how Binance calls an address that went on after a 429
_WITH_RETRY_AFTER = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, _BANNED}


def retry_after_s(status: int, headers: Mapping[str, str], now: datetime) -> float:
    """Give how many seconds an answer asks to wait: 0 where it does not, a day at most.

    `Retry-After` is a number of seconds or an HTTP date (RFC 9110, 10.2.3); `now` is aware.
    """
    value = headers.get("Retry-After", "").strip()
    if status not in _WITH_RETRY_AFTER or not value:
        return 0.0
    return min(max(0.0, _seconds(value, now)), LONGEST_RETRY_AFTER.total_seconds())


def _seconds(value: str, now: datetime) -> float:
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < len(str(2**63)) else math.inf
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    return (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
