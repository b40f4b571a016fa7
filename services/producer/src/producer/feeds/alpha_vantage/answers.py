"""Reads what Alpha Vantage answers; all of it comes with HTTP status 200.

The same message has come under ``Note``, ``Information`` and ``Error Message``: messages are told
apart by their text.
"""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from contracts.event import MAX_PRICE, MAX_VOLUME

_QUOTE = "Global Quote"
_MESSAGES = ("Note", "Information", "Error Message")


class Outcome(StrEnum):
    """What came of a call."""

    QUOTE = "quote"
    UNKNOWN_SYMBOL = "unknown_symbol"
    BURST_LIMIT = "burst_limit"
    DAILY_LIMIT = "daily_limit"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome; `price`, `volume` (the day's so far) and `as_of` with a quote only.

    `message` is the provider's own text, or what is wrong; it may repeat the key.
    """

    outcome: Outcome
    message: str = ""
    price: float = math.nan
    volume: float | None = None
    as_of: date | None = None


# The first that is found counts: the text of the burst limit speaks of the day's limit too.
_TEXTS = (
    ("requests more sparingly", Outcome.BURST_LIMIT),
    ("request per second", Outcome.BURST_LIMIT),
    ("calls per minute", Outcome.BURST_LIMIT),
    ("requests per day", Outcome.DAILY_LIMIT),
    ("apikey is invalid", Outcome.REJECTED),
    ("api key is for demo", Outcome.REJECTED),
    ("premium endpoint", Outcome.REJECTED),
    ("invalid api call", Outcome.REJECTED),
)


def read_answer(status: int, body: bytes) -> Answer:
    """Tell what an answer means; never raises."""
    if status != 200:  # noqa: PLR2004 - everybody knows it
        return Answer(Outcome.UNAVAILABLE, f"HTTP status {status}")
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return Answer(Outcome.UNAVAILABLE, f"no JSON: {body[:60]!r}")
    if not isinstance(content, dict):
        return Answer(Outcome.UNAVAILABLE, "JSON, but no object")
    for name, value in content.items():
        if name.startswith(_QUOTE) and isinstance(value, dict):
            return _quote(value)
    return _message(content)


def _quote(fields: dict[str, Any]) -> Answer:
    if not fields:
        return Answer(Outcome.UNKNOWN_SYMBOL, "the provider knows no such symbol")
    price = _number(fields.get("05. price"))
    if price is None or not 0 < price <= MAX_PRICE:
        return Answer(Outcome.UNAVAILABLE, f"a quote without a price: {str(fields)[:120]}")
    return Answer(
        Outcome.QUOTE,
        price=price,
        volume=_number(fields.get("06. volume")),
        as_of=_date(fields.get("07. latest trading day")),
    )


def _message(content: dict[str, Any]) -> Answer:
    message = " ".join(str(content[name]) for name in _MESSAGES if name in content)
    for text, outcome in _TEXTS:
        if text in message.lower():
            return Answer(outcome, message)
    return Answer(Outcome.UNAVAILABLE, message or f"nothing known: {str(content)[:120]}")


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return None
    return number if 0 <= number <= MAX_VOLUME else None


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
