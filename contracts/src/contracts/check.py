"""The check: from the bytes of a record to an event, or to the first reason that refuses it.

`check` is the only implementation. It decodes with msgspec, which settles all but the times in one
go; only a record that fails there is examined rule by rule, to find the first reason in the order
of `contracts.refusals.Reason`. The rules, not the decoder, decide: what they find nothing wrong
with is an event (a repeated name, for instance, counts as its last value).
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import accumulate

import msgspec

from contracts.event import (
    EVENT_ID_PATTERN,
    MAX_PRICE,
    MAX_VOLUME,
    SCHEMA_VERSION,
    Event,
    Heartbeat,
    Quote,
)
from contracts.refusals import Reason, Refusal
from contracts.sources import SOURCES
from contracts.symbols import SYMBOL_PATTERN
from contracts.times import MICROSECOND, check_date, epoch_us

MAX_BYTES = 64 * 1024
MAX_DEPTH = 1000
"""How deep a record may be nested. Where decoders give up is another depth in each Python, and
each language; a limit of our own makes the verdict the same everywhere."""
SHALLOW_BYTES = 2 * MAX_DEPTH
"""What is no longer than this cannot be nested too deeply: each level takes two brackets."""
DEFAULT_MAX_FUTURE_SKEW = timedelta(seconds=60)


type Verdict = Event | Refusal

_decode_event: Callable[[bytes], Event] = msgspec.json.Decoder(Quote | Heartbeat).decode
_decode_raw = msgspec.json.Decoder(msgspec.Raw).decode
_decode_text = msgspec.json.Decoder(str).decode

_COMMON = ("schema_version", "kind", "event_id", "event_time", "ingest_time", "source")
_REQUIRED = {
    "quote": (*_COMMON, "symbol", "price", "volume"),
    "heartbeat": _COMMON,
}
_OPTIONAL = {"quote": ("as_of",), "heartbeat": ()}
_KNOWN = (*_REQUIRED["quote"], *_OPTIONAL["quote"])
_NULLABLE = frozenset({"volume"})
_NUMBERS = frozenset({"price", "volume"})
_SHOWN = 80

# Each known member as it stands, empty where it is missing; the others are skipped.
_Members = msgspec.defstruct("_Members", [(name, msgspec.Raw, msgspec.Raw()) for name in _KNOWN])
_decode_members = msgspec.json.Decoder(_Members).decode

_EVENT_ID = re.compile(EVENT_ID_PATTERN)
_SYMBOL = re.compile(SYMBOL_PATTERN)
_INTEGER = re.compile(r"\A-?[0-9]+\Z")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_NO_BRACKETS = bytes(set(range(256)) - set(b"[{}]"))
_STEPS = bytes.maketrans(b"[{}]", b"\x01\x01\xff\xff")  # up one, down one, as signed bytes
_TOO_DEEP = Refusal(Reason.NOT_JSON, f"nested over {MAX_DEPTH} deep")


def check(
    value: bytes | None,
    kafka_timestamp_ms: int,
    max_future_skew: timedelta = DEFAULT_MAX_FUTURE_SKEW,
) -> Verdict:
    """Tell what a record is: a `Quote`, a `Heartbeat`, or a `Refusal`; never raises.

    `kafka_timestamp_ms` is the record's Kafka timestamp (milliseconds since 1970, the broker's
    clock), which an event's time may exceed by `max_future_skew` at most.
    """
    if value is None:
        return Refusal(Reason.TOMBSTONE, "the record has no value")
    if len(value) > MAX_BYTES:
        return Refusal(Reason.TOO_LARGE, f"{len(value)} bytes, the most is {MAX_BYTES}")
    if not value.isascii():
        try:
            value.decode()
        except UnicodeDecodeError as error:
            return Refusal(Reason.NOT_UTF8, f"byte {error.start}: {error.reason}")
    latest_us = kafka_timestamp_ms * 1000 + max_future_skew // MICROSECOND
    try:
        event = _decode_event(value)
        epoch_us(event.ingest_time)
        if isinstance(event, Quote) and event.as_of is not msgspec.UNSET:
            check_date(event.as_of)
        if epoch_us(event.event_time) <= latest_us and len(value) <= SHALLOW_BYTES:
            return event
    except (ValueError, RecursionError):
        pass
    return _by_the_rules(value, latest_us)


def _by_the_rules(value: bytes, latest_us: int) -> Verdict:
    try:
        _decode_raw(value)  # the whole grammar first: what is no JSON is no array either
        if _depth(value) > MAX_DEPTH:
            return _TOO_DEEP
        found = _decode_members(value)
    except msgspec.ValidationError as error:
        return Refusal(Reason.NOT_OBJECT, str(error))
    except msgspec.DecodeError as error:
        return Refusal(Reason.NOT_JSON, str(error))
    except RecursionError:
        return _TOO_DEEP
    members = {name: raw for name in _KNOWN if (raw := bytes(getattr(found, name)))}
    if refusal := next(_rules(members, latest_us), None):
        return refusal
    known = {name: msgspec.Raw(raw) for name, raw in members.items()}
    return _decode_event(msgspec.json.encode(known))


def _depth(value: bytes) -> int:
    """Tell how deep a JSON text is nested; 0 for any depth that cannot be too deep."""
    if value.count(b"[") + value.count(b"{") <= MAX_DEPTH:
        return 0
    steps = _STRING.sub(b"", value).translate(_STEPS, _NO_BRACKETS)
    return max(accumulate(memoryview(steps).cast("b")), default=0)


def _rules(members: dict[str, bytes], latest_us: int) -> Iterator[Refusal]:
    """Yield the refusals in their order; each may rely on those before it having found nothing."""
    version, kind = members.get("schema_version", b""), members.get("kind", b"")
    if _is_integer(version) and version != b"%d" % SCHEMA_VERSION:
        yield Refusal(Reason.UNKNOWN_VERSION, f"schema_version is {_shown(version)}")
    kind_name = _decode_text(kind) if _type_of(kind) == "string" else ""
    if kind_name not in _REQUIRED and _type_of(kind) == "string":
        yield Refusal(Reason.UNKNOWN_KIND, f"kind is {_shown(kind)}")
    required = _REQUIRED.get(kind_name, _COMMON)
    for name in required:
        if name not in members:
            yield Refusal(Reason.MISSING_FIELD, f"{name} is missing")
    present = (*required, *(name for name in _OPTIONAL.get(kind_name, ()) if name in members))
    for name in present:
        if members[name] == b"null" and name not in _NULLABLE:
            yield Refusal(Reason.NULL_FIELD, f"{name} is null")
    yield from _wrong_types(members, present)
    yield from _out_of_range(members, present)
    text = {name: _decode_text(members[name]) for name in present if _expected(name) == "string"}
    yield from _malformed(text)
    if epoch_us(text["event_time"]) > latest_us:
        yield Refusal(
            Reason.IN_FUTURE,
            f"event_time {text['event_time']} is too far after the record's Kafka timestamp",
        )
    if text["source"] not in SOURCES:
        yield Refusal(Reason.UNKNOWN_SOURCE, f"source is {_shown(members['source'])}")


def _wrong_types(members: dict[str, bytes], present: tuple[str, ...]) -> Iterator[Refusal]:
    for name in present:
        found, expected = _type_of(members[name]), _expected(name)
        if found in {"null", expected} or (expected, found) == ("number", "integer"):
            continue
        yield Refusal(Reason.WRONG_TYPE, f"{name} is {_article(found)}, not {_article(expected)}")


def _out_of_range(members: dict[str, bytes], present: tuple[str, ...]) -> Iterator[Refusal]:
    if "price" in present and not 0 < float(members["price"]) <= MAX_PRICE:
        yield Refusal(
            Reason.OUT_OF_RANGE, f"price is {_shown(members['price'])}, not over 0 and at most 1e9"
        )
    volume = members.get("volume", b"null") if "volume" in present else b"null"
    if volume != b"null" and not 0 <= float(volume) <= MAX_VOLUME:
        yield Refusal(Reason.OUT_OF_RANGE, f"volume is {_shown(volume)}, not 0 to 1e15")


def _malformed(text: dict[str, str]) -> Iterator[Refusal]:
    if not _EVENT_ID.match(text["event_id"]):
        yield Refusal(Reason.BAD_EVENT_ID, f"event_id is {text['event_id'][:_SHOWN]!r}")
    if "symbol" in text and not _SYMBOL.match(text["symbol"]):
        yield Refusal(Reason.BAD_SYMBOL, f"symbol is {text['symbol'][:_SHOWN]!r}")
    readers: dict[str, Callable[[str], object]] = {
        "event_time": epoch_us,
        "ingest_time": epoch_us,
        "as_of": check_date,
    }
    for name, read in readers.items():
        if name not in text:
            continue
        try:
            read(text[name])
        except ValueError as error:
            yield Refusal(Reason.BAD_TIME, f"{name}: {str(error)[:_SHOWN]}")


def _expected(name: str) -> str:
    if name in _NUMBERS:
        return "number"
    return "integer" if name == "schema_version" else "string"


_TYPES = {
    b'"': "string",
    b"{": "object",
    b"[": "array",
    b"t": "boolean",
    b"f": "boolean",
    b"n": "null",
}


def _type_of(raw: bytes) -> str:
    """Name the JSON type of one value; '' where there is none."""
    if not raw:
        return ""
    return _TYPES.get(raw[:1]) or ("integer" if _is_integer(raw) else "number")


def _is_integer(raw: bytes) -> bool:
    return _INTEGER.match(raw.decode()) is not None


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aio" else f"a {name}"


def _shown(raw: bytes) -> str:
    text = raw.decode()
    more = "" if len(text) <= _SHOWN else f"… ({len(text)} characters)"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:_SHOWN]) + more
