"""Reads what Alpha Vantage answers; all of it comes with HTTP status 200.

An answer is a quote, or told apart by what its words mean (`wordings`).
"""

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from contracts.event import MAX_PRICE, MAX_VOLUME
from producer.feeds.alpha_vantage.wordings import Outcome, meaning_of

_QUOTE = "Global Quote"
_SEPARATORS = re.compile(r"[-./:_ ]")


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome; `price`, `volume` (the day's so far) and `as_of` with a quote only.

    `message` is the provider's own text, or what is wrong; it may repeat the key. `retry_after_s`
    is how many seconds the provider asks to wait.
    """

    outcome: Outcome
    message: str = ""
    price: float = math.nan
    volume: float | None = None
    as_of: date | None = None
    retry_after_s: float = 0.0


def read_answer(status: int, body: bytes, asked: str) -> Answer:
    """Tell what an answer to the call for a symbol means; never raises."""
    if status != 200:  # noqa: PLR2004 - everybody knows it
        return Answer(Outcome.UNAVAILABLE, f"HTTP status {status}")
    try:
        content = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return Answer(Outcome.UNAVAILABLE, f"no JSON: {body[:60]!r}")
    if not isinstance(content, dict):
        return Answer(Outcome.UNAVAILABLE, "JSON, but no object")
    quote = next((value for name, value in content.items() if name.startswith(_QUOTE)), None)
    message = " ".join(value for value in content.values() if isinstance(value, str))
    if isinstance(quote, dict) and (quote or not message):
        return _quote(quote, asked)
    return Answer(
        meaning_of(message) or Outcome.NOT_UNDERSTOOD, message or f"nothing known: {content}"
    )


def _quote(fields: dict[str, Any], asked: str) -> Answer:
    if not fields:
        return Answer(Outcome.UNKNOWN_SYMBOL, "the provider knows no such symbol")
    named = fields.get("01. symbol")
    if named and not _is_same(str(named), asked):
        return Answer(Outcome.OTHER_SYMBOL, f"asked for {asked}, got a quote of {named!r}")
    price = _number(fields.get("05. price"))
    if price is None or not 0 < price <= MAX_PRICE:
        return Answer(Outcome.NOT_UNDERSTOOD, f"a quote without a price: {fields}")
    return Answer(
        Outcome.QUOTE,
        price=price,
        volume=_number(fields.get("06. volume")),
        as_of=_date(fields.get("07. latest trading day")),
    )


def _is_same(named: str, asked: str) -> bool:
    """Tell whether two names are of one symbol, however written: ``BRK.B`` and ``brk-b`` are."""
    one, other = (_SEPARATORS.sub(".", it.strip()).casefold() for it in (named, asked))
    return one == other


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
