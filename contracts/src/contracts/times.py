"""The one time format: ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, UTC, from the year 1970 on."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MS = (datetime(9000, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
"""No record is of a later time, in milliseconds since 1970: spans can be added to each."""
MICROSECOND = timedelta(microseconds=1)

TIME_PATTERN = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z"
type Time = Annotated[str, Meta(pattern=TIME_PATTERN)]
"""A member that is a time by its form; whether it is a real one, `epoch_us` tells."""

_SECOND = re.compile(r"\A([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\Z")
_FRACTION = re.compile(r"\.[0-9]{6}Z\Z")
_DATE = re.compile(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def format_time(moment: datetime) -> str:
    """Write an aware time in the contract's format."""
    text: str = msgspec.to_builtins(moment.astimezone(UTC))  # twenty times as fast as strftime
    return text if moment.microsecond else f"{text[:-1]}.000000Z"


def parse_time(text: str) -> datetime:
    """Read a time in the contract's format; raises `ValueError` for any other text."""
    return from_us(epoch_us(text))


def from_us(us: int) -> datetime:
    """Give the aware time of so many microseconds since 1970."""
    return EPOCH + us * MICROSECOND


def to_us(moment: datetime) -> int:
    """Give an aware time in microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def from_ms(ms: int) -> datetime:
    """Give the aware time of so many milliseconds since 1970, as Kafka and Spark count them."""
    return EPOCH + timedelta(milliseconds=ms)


def kafka_ms(ms: int) -> int:
    """Give a record's Kafka timestamp; for what is no time, the nearest one.

    A topic without ``LogAppendTime`` keeps what producers say, which may be microseconds, or -1.
    """
    return min(max(ms, 0), LAST_MS)


def from_kafka_ms(ms: int) -> datetime:
    """Give the aware time of a record's Kafka timestamp, as `kafka_ms` takes it."""
    return from_ms(kafka_ms(ms))


def epoch_us(text: str) -> int:
    """Read a time as microseconds since 1970; raises `ValueError` where it is none."""
    if not _FRACTION.match(text, 19):
        raise ValueError(f"{text!r} is not of the form YYYY-MM-DDTHH:MM:SS.ffffffZ")
    return _epoch_second_us(text[:19]) + int(text[20:26])


def check_date(text: str) -> None:
    """Raise `ValueError` unless the text is a real date of the form ``YYYY-MM-DD``."""
    if not _DATE.match(text):
        raise ValueError(f"{text!r} is not of the form YYYY-MM-DD")
    date.fromisoformat(text)


# Neighbouring events share their second, so that the calendar is asked once for all of them.
@lru_cache(maxsize=4096)
def _epoch_second_us(text: str) -> int:
    match = _SECOND.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not of the form YYYY-MM-DDTHH:MM:SS")
    year, month, day, hour, minute, second = map(int, match.groups())
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    if moment < EPOCH:
        raise ValueError(f"{text!r} is before 1970")
    return to_us(moment)
