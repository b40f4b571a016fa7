"""How long to wait before a provider is asked again."""

import math
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

LONGEST_RETRY_AFTER = timedelta(days=1)

_BANNED = 418  # how Binance calls an address that went on after a 429
_WITH_RETRY_AFTER = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, _BANNED}


def growing_waits(first_s: float, longest_s: float, factor: float = 2) -> Iterator[float]:
    """Give seconds to wait after each failure in a row, with jitter: half of it at least.

    Jitter, so that the connections that broke together do not come again together.
    """
    wait_s = first_s
    while True:
        yield wait_s * random.uniform(0.5, 1)  # noqa: S311
        wait_s = min(factor * wait_s, longest_s)


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
