"""The alert: one JSON object a record on the topic `contracts.topics.MARKET_ALERTS`."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from contracts.sources import SOURCE_PATTERN
from contracts.times import Time, epoch_us

SCHEMA_VERSION: Final = 1
MAX_RULE = 64
MAX_TEXT = 1000
ALERT_ID_PATTERN = r"\A[0-9a-f]{32}\Z"

type AlertKind = Literal[
    "price", "change", "spike", "volatility", "volume", "no_quotes", "pipeline", "notice", "test",
]  # fmt: skip
type AlertId = Annotated[str, Meta(pattern=ALERT_ID_PATTERN)]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a rule asked to be told of; `alert_id` names it, and it may come twice.

    `rule` is the rule's name, as a person wrote it; `kind` is what the rule looks at, ``notice``
    for what the alerts say of themselves (a rule that is paused, records that were skipped, an
    address that is given up), ``test`` for one sent by hand. `at` is the time of the quote, the end
    of the window, or when a state was seen. `value` is what was found and `threshold` what it went
    past, both in the rule's unit and None where there is no number. `made_up` tells that the prices
    are synthetic or replayed, or of a source that is not known; `text` says so too.
    """

    schema_version: Literal[1]
    alert_id: AlertId
    rule: Annotated[str, Meta(min_length=1, max_length=MAX_RULE)]
    kind: AlertKind
    symbol: Annotated[str, Meta(min_length=1, max_length=32)] | None
    source: Annotated[str, Meta(pattern=SOURCE_PATTERN)] | None
    at: Time
    value: float | None
    threshold: float | None
    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    made_up: bool


encode = msgspec.json.Encoder().encode


def read_alert(value: bytes | None) -> Alert | None:
    """Read an alert; None for anything that is none."""
    try:
        alert = _decode(value or b"")
        epoch_us(alert.at)
    except (ValueError, RecursionError):
        return None
    return alert


_decode = msgspec.json.Decoder(Alert).decode
