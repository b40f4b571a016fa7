"""What a record of the topic contains, read by code of the tests' own.

Plain Python over the bytes that the broker holds, by the rules of the design and by no code of the
pipeline. Times are whole microseconds since 1970, UTC.
"""

import json
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

US = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_BYTES = 65_536
MAX_DEPTH = 1_000
FUTURE_SKEW = timedelta(seconds=60)
SCHEMA = Path(__file__).parent.parent / "contracts/src/contracts/schemas/event.schema.json"
SOURCES = set(json.loads(SCHEMA.read_text())["properties"]["source"]["enum"])


class Record(NamedTuple):
    """A record as the broker holds it, in the order of its partition."""

    value: bytes | None
    timestamp_ms: int
    partition: int = 0
    offset: int = 0
    key: bytes | None = None


class Event(NamedTuple):
    """A valid record: a quote, or a heartbeat, which has a time and a source only."""

    time_us: int
    source: str
    symbol: str | None = None
    price: float = math.nan
    volume: float | None = None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _time_us(text: Any) -> int:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text, re.ASCII):
        raise ValueError(f"{text!r} is no time")
    us = (datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z") - EPOCH) // US
    if us < 0:
        raise ValueError(f"{text!r} is before 1970")
    return us


def _number(found: Any, least: float, most: float) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not least <= found <= most:
        raise ValueError(f"{found!r} is no number from {least} to {most}")
    return float(found)


def _text(found: Any, pattern: str) -> str:
    if not isinstance(found, str) or not re.fullmatch(pattern, found, re.ASCII):
        raise ValueError(f"{found!r} is not of the form {pattern}")
    return found


def _is_letter(character: str) -> bool:
    """Tell a letter of a script without case, but for the parts that make up Korean syllables.

    Of the marks that count as letters, those of Japanese, Thai and Lao are enough here.
    """
    joins = "\u1161" <= character <= "\u1175" or "\u11a8" <= character <= "\u11c2"
    of_letters = unicodedata.category(character) == "Lo" and not joins
    return (of_letters and character not in "ªºƻǀǁǂǃʔꙮꞏꟷꟻꟼꟽꟾꟿ") or character in "々ゝゞーヽヾๆໆ"


def _symbol(found: Any) -> str:
    if not isinstance(found, str) or not 1 <= len(found) <= 32:
        raise ValueError(f"{found!r} is no symbol")
    plain = re.sub(r"[A-Z0-9^]", "", found[0]) + re.sub(r"[-A-Z0-9.^_:/=&+]", "", found[1:])
    if not all(map(_is_letter, plain)) or unicodedata.normalize("NFC", found) != found:
        raise ValueError(f"{found!r} is no symbol")
    return found


def _depth(found: Any) -> int:
    depth, level = 0, [found]
    while level := [it for it in level if isinstance(it, dict | list)]:
        level = [child for it in level for child in (it.values() if isinstance(it, dict) else it)]
        depth += 1
    return depth


def _event(value: bytes, timestamp_ms: int) -> Event:
    if len(value) > MAX_BYTES:
        raise ValueError("too large")
    it = json.loads(value.decode("utf-8"), parse_constant=_no_constant)
    json.dumps(it, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    if _depth(it) > MAX_DEPTH:
        raise ValueError("too deep")
    if type(it["schema_version"]) is not int or it["schema_version"] != 1:
        raise ValueError("unknown version")
    _text(it["event_id"], r"[A-Za-z0-9]+-[0-9]{1,18}")
    _time_us(it["ingest_time"])
    time_us = _time_us(it["event_time"])
    if time_us > timestamp_ms * 1000 + FUTURE_SKEW // US:
        raise ValueError("in the future")
    if it["source"] not in SOURCES:
        raise ValueError("unknown source")
    if it["kind"] == "heartbeat":
        return Event(time_us, it["source"])
    if it["kind"] != "quote":
        raise ValueError("unknown kind")
    if "as_of" in it:
        date.fromisoformat(_text(it["as_of"], r"\d{4}-\d\d-\d\d"))
    return Event(
        time_us,
        it["source"],
        symbol=_symbol(it["symbol"]),
        price=_number(it["price"], math.ulp(0.0), 1e9),
        volume=None if it["volume"] is None else _number(it["volume"], 0, 1e15),
    )


def read_event(record: Record) -> Event | None:
    """Tell what a record says; None where it is to be refused."""
    try:
        return _event(record.value, record.timestamp_ms)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None


def sequences(records: Iterable[Record]) -> dict[str, list[int]]:
    """Give the sequence numbers of valid events by run, in the order of the records."""
    found: dict[str, list[int]] = defaultdict(list)
    for record in records:
        if read_event(record) is not None:
            run, _, number = json.loads(record.value or b"")["event_id"].rpartition("-")
            found[run].append(int(number))
    return found
