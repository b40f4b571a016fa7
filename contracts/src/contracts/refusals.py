"""What is refused: the reasons, and the record on the dead-letter topic."""

import base64
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contracts.times import Time, epoch_us

MAX_PAYLOAD_BYTES = 64 * 1024


class Reason(StrEnum):
    """The reasons in the order in which they are looked for: the first that holds is given."""

    TOMBSTONE = "tombstone"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_KIND = "unknown_kind"
    MISSING_FIELD = "missing_field"
    NULL_FIELD = "null_field"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    BAD_EVENT_ID = "bad_event_id"
    BAD_SYMBOL = "bad_symbol"
    BAD_TIME = "bad_time"
    IN_FUTURE = "in_future"
    UNKNOWN_SOURCE = "unknown_source"


class Refusal(msgspec.Struct, frozen=True):
    """Why a record is refused: the reason, and in `detail` what exactly was found."""

    reason: Reason
    detail: str


class RefusedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A refused record; (`topic`, `partition`, `offset`) names it, and it may come twice.

    `payload` is the record's value as text, as base64 where `payload_encoding` says so, or None for
    a tombstone. A value over `MAX_PAYLOAD_BYTES` is cut there: `payload_truncated` is then true and
    `payload_bytes` its whole length. `kafka_timestamp` is in the format of `contracts.times`.
    """

    reason: Reason
    detail: str
    topic: str
    partition: Annotated[int, Meta(ge=0)]
    offset: Annotated[int, Meta(ge=0)]
    kafka_timestamp: Time
    payload: str | None
    payload_encoding: Literal["base64"] | UnsetType = UNSET
    payload_bytes: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    payload_truncated: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        whole = self.payload_bytes is UNSET and self.payload_truncated is UNSET
        if not whole and (self.payload_bytes is UNSET or self.payload_truncated is not True):
            raise ValueError("payload_bytes and payload_truncated (true) go together")


def refused_record(
    refusal: Refusal,
    value: bytes | None,
    *,
    topic: str,
    partition: int,
    offset: int,
    kafka_timestamp: str,
) -> RefusedRecord:
    """Build the dead-letter record of a refused record's value and position."""
    payload, encoding = _payload(value)
    cut = value is not None and len(value) > MAX_PAYLOAD_BYTES
    return RefusedRecord(
        reason=refusal.reason,
        detail=refusal.detail,
        topic=topic,
        partition=partition,
        offset=offset,
        kafka_timestamp=kafka_timestamp,
        payload=payload,
        payload_encoding=encoding,
        payload_bytes=len(value) if value is not None and cut else UNSET,
        payload_truncated=True if cut else UNSET,
    )


encode = msgspec.json.Encoder().encode


def _payload(value: bytes | None) -> tuple[str | None, Literal["base64"] | UnsetType]:
    if value is None:
        return None, UNSET
    try:
        value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value[:MAX_PAYLOAD_BYTES]).decode(), "base64"
    # A character that the cut falls into is left out whole.
    return value[:MAX_PAYLOAD_BYTES].decode(errors="ignore"), UNSET


def read_refused(value: bytes | None) -> RefusedRecord | None:
    """Read a dead-letter record; None for anything that is none."""
    try:
        letter = _decode(value or b"")
        epoch_us(letter.kafka_timestamp)
    except (ValueError, RecursionError):
        return None
    return letter


_decode = msgspec.json.Decoder(RefusedRecord).decode
