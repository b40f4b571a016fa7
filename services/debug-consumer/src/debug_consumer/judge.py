"""From a record to its verdict, by the contract of the topic that it is on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

from contracts.check import check
from contracts.event import Event, Quote
from contracts.refusals import Refusal, RefusedRecord, read_refused
from contracts.topics import DEAD_LETTER_SUFFIX

BAD_DEAD_LETTER: Final = "bad_dead_letter"
"""The one reason on a dead-letter topic; the reasons of events are `contracts.refusals.Reason`."""


class Record(NamedTuple):
    """A record as the broker gave it; `timestamp_ms` is milliseconds since 1970."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


class Judged(NamedTuple):
    """A record and what it is: an event, a dead letter, or a refusal with its reason."""

    record: Record
    kind: str | None = None
    event: Event | RefusedRecord | None = None
    reason: str | None = None
    detail: str = ""


type Judge = Callable[[Record], Judged]


def judge_for(topic: str, max_future_skew: timedelta) -> Judge:
    """Choose the contract of a topic: dead letters on a ``.dlq``, events on any other."""
    if topic.endswith(DEAD_LETTER_SUFFIX):
        return judge_dead_letter
    return lambda record: judge_event(record, max_future_skew)


def judge_event(record: Record, max_future_skew: timedelta) -> Judged:
    """Validate a record of the events' topic."""
    verdict = check(record.value, record.timestamp_ms, max_future_skew)
    if isinstance(verdict, Refusal):
        return Judged(record, reason=verdict.reason, detail=verdict.detail)
    return Judged(record, "quote" if isinstance(verdict, Quote) else "heartbeat", verdict)


def judge_dead_letter(record: Record) -> Judged:
    """Validate a record of a dead-letter topic."""
    refused = read_refused(record.value)
    if refused is None:
        return Judged(
            record, reason=BAD_DEAD_LETTER, detail="not what a dead letter must look like"
        )
    return Judged(record, "dead letter", refused)
