"""From a record to its verdict, by the contract of the topic that it is on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

from contracts.alerts import Alert, read_alert
from contracts.check import check
from contracts.event import Event, Quote
from contracts.refusals import Refusal, RefusedRecord, read_refused
from contracts.topics import DEAD_LETTER_SUFFIX, MARKET_ALERTS, MARKET_WINDOWS
from contracts.window import Window, read_window

type Message = Event | RefusedRecord | Window | Alert


class Record(NamedTuple):
    """A record as the broker gave it; `timestamp_ms` is milliseconds since 1970."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


class Judged(NamedTuple):
    """A record and what it is: what its topic holds, or a refusal with its reason.

    `reason` is one of `contracts.refusals.Reason` on a topic of events; on any other there is one.
    """

    record: Record
    kind: str | None = None
    message: Message | None = None
    reason: str | None = None
    detail: str = ""


type Judge = Callable[[Record], Judged]


class Contract(NamedTuple):
    """What a topic other than that of events holds: its name, how it is read, and the reason."""

    article: str
    kind: str
    read: Callable[[bytes | None], Message | None]
    reason: str


DEAD_LETTERS: Final = Contract("a", "dead letter", read_refused, "bad_dead_letter")
MARKET: Final = {
    MARKET_WINDOWS: Contract("a", "window", read_window, "bad_window"),
    MARKET_ALERTS: Contract("an", "alert", read_alert, "bad_alert"),
}


def judge_for(topic: str, max_future_skew: timedelta) -> Judge:
    """Choose the contract of a topic: by its name, dead letters on a ``.dlq``, else events."""
    contract = DEAD_LETTERS if topic.endswith(DEAD_LETTER_SUFFIX) else MARKET.get(topic)
    if contract is None:
        return lambda record: judge_event(record, max_future_skew)
    return lambda record: judge_by(contract, record)


def judge_event(record: Record, max_future_skew: timedelta) -> Judged:
    """Validate a record of the events' topic."""
    verdict = check(record.value, record.timestamp_ms, max_future_skew)
    if isinstance(verdict, Refusal):
        return Judged(record, reason=verdict.reason, detail=verdict.detail)
    return Judged(record, "quote" if isinstance(verdict, Quote) else "heartbeat", verdict)


def judge_by(contract: Contract, record: Record) -> Judged:
    """Validate a record of another topic."""
    message = contract.read(record.value)
    if message is None:
        detail = f"not what {contract.article} {contract.kind} must look like"
        return Judged(record, reason=contract.reason, detail=detail)
    return Judged(record, contract.kind, message)
