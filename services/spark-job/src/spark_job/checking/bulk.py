"""Reads many records at once: a fast path before `contracts.check`, which decides.

It decodes into the contract's own events, without the patterns of two fields, and checks patterns
and times by column: record by record, these cost more than everything else together. It reads a
record as the check would, and leaves out any that may be invalid.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import compress
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contracts.check import SHALLOW_BYTES
from contracts.event import EVENT_ID_PATTERN, Heartbeat, Quote
from contracts.symbols import SYMBOL_PATTERN
from contracts.times import MICROSECOND

EVENTS = pa.schema(
    {
        "event_time": pa.int64(),
        "symbol": pa.string(),
        "source": pa.string(),
        "price": pa.float64(),
        "volume": pa.float64(),
    }
)
"""Valid records: `event_time` in microseconds since 1970; a heartbeat has it and `source` only."""

_AT_ONCE = 1_000
"""Lines that are decoded at once: if one of them is not an event, all are read again."""

_FEW = 8
"""Among so few, the one that may be invalid is not looked for."""

_NO_TIME = -1
_WITHOUT_PATTERNS = {"event_id", "symbol"}
_is_symbol = re.compile(SYMBOL_PATTERN).match
_EVENT_ID = re.sub(r"\\Z\Z", r"\\z", EVENT_ID_PATTERN)  # as Arrow's expressions write the end
_LEAST_TIME, _MOST_TIME = (
    np.frombuffer(text, np.uint8)
    for text in (b"0000-00-00T00:00:00.000000Z", b"9999-99-99T99:99:99.999999Z")
)
_TIME_BYTES = len(_LEAST_TIME)


def _without_patterns(event: type[msgspec.Struct], tag: str, **others: object) -> Any:
    fields: list[Any] = []
    for it in msgspec.structs.fields(event):
        kind = str if it.name in _WITHOUT_PATTERNS else it.type
        default = () if it.default is msgspec.NODEFAULT else (it.default,)
        fields.append((it.name, kind, *default))
    return msgspec.defstruct(
        f"_{event.__name__}", fields, tag_field="kind", tag=tag, gc=False, kw_only=True,
        namespace=dict(others),
    )  # fmt: skip


_decode_lines = msgspec.json.Decoder(
    _without_patterns(Quote, "quote")
    | _without_patterns(
        Heartbeat, "heartbeat", symbol=None, price=None, volume=None, as_of=msgspec.UNSET
    )
).decode_lines


def read(
    batch: pa.RecordBatch, max_future_skew: timedelta
) -> tuple[pa.RecordBatch, NDArray[np.int64]]:
    """Read records: columns as `spark_job.reading.blocks.RECORDS`.

    Gives those that are certainly valid, in their order as `EVENTS`, and which rows of `batch` they
    are; all others are left to `contracts.check`.
    """
    decoded = _decode(batch.column("line"))
    is_plain = [it is not None and it.as_of is msgspec.UNSET for it in decoded]
    events, rows = [*compress(decoded, is_plain)], np.flatnonzero(is_plain)

    times = _times([event.event_time for event in events])
    latest = batch.column("timestamp").cast(pa.int64()).to_numpy()[rows] * 1000
    valid = (times >= 0) & (times <= latest + max_future_skew // MICROSECOND)
    valid &= _times([event.ingest_time for event in events]) >= 0
    valid &= _are_ids([event.event_id for event in events])
    symbols = [event.symbol for event in events]
    wrong = {symbol for symbol in {*symbols} - {None} if not _is_symbol(symbol)}
    if wrong:
        valid &= [symbol not in wrong for symbol in symbols]

    sources = [event.source for event in events]
    prices, volumes = [event.price for event in events], [event.volume for event in events]
    found = pa.record_batch([times, symbols, sources, prices, volumes], schema=EVENTS)
    return (found, rows) if valid.all() else (found.filter(pa.array(valid)), rows[valid])


def _decode(lines: pa.BinaryArray) -> list[Any]:
    """Decode each line as an event; None for one that may be invalid."""
    return [
        event
        for first in range(0, len(lines), _AT_ONCE)
        for event in _in_halves(_decode_all, lines[first : first + _AT_ONCE], None)
    ]


def _times(texts: list[str]) -> NDArray[np.int64]:
    """Read times as microseconds since 1970; negative for one not in the contract's form."""
    return np.asarray(_in_halves(_epoch_us, texts, _NO_TIME), np.int64)


def _in_halves(read_all: Callable[[Any], Any], items: Any, none: object) -> Any:
    """Read all items at once or, if that fails, by halves; the last few become `none`."""
    found = read_all(items)
    if found is not None:
        return found
    if len(items) <= _FEW:
        return [none] * len(items)
    half = len(items) // 2
    return [
        *_in_halves(read_all, items[:half], none),
        *_in_halves(read_all, items[half:], none),
    ]


def _decode_all(lines: pa.BinaryArray) -> list[Any] | None:
    """Decode each line as an event; None if any of them may be invalid."""
    if lines.null_count:
        return None
    _, offsets, content = lines.buffers()
    ends = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    text = np.frombuffer(content, np.uint8)[ends[0] : ends[-1]]
    # A line is a record only if no record contains a line break.
    if np.count_nonzero(text == ord("\n")) != len(lines):
        return None
    if (np.diff(ends) > SHALLOW_BYTES).any():
        return None
    try:
        lines.cast(pa.string())  # members that are skipped have to be UTF-8, too
        events = _decode_lines(text.data)
    except (pa.ArrowInvalid, msgspec.DecodeError):
        return None
    return events if len(events) == len(lines) else None  # an empty value is no line


def _epoch_us(texts: list[str]) -> NDArray[np.int64] | None:
    """Read times of the contract's form as microseconds since 1970; None if one is invalid."""
    array = pa.array(texts, pa.string())
    _, offsets, characters = array.buffers()
    if (np.diff(np.frombuffer(offsets, np.int32, len(array) + 1)) != _TIME_BYTES).any():
        return None
    if not texts:
        return np.empty(0, np.int64)
    places = np.frombuffer(characters, np.uint8, len(array) * _TIME_BYTES).reshape(-1, _TIME_BYTES)
    # A byte below the minimum wraps around, and so is above the maximum.
    if (places - _LEAST_TIME > _MOST_TIME - _LEAST_TIME).any():
        return None
    try:
        times: NDArray[np.int64] = array.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:  # no real date, or no real time
        return None
    return times


def _are_ids(texts: list[str]) -> NDArray[np.bool_]:
    found = pc.match_substring_regex(pa.array(texts, pa.string()), _EVENT_ID)
    return np.asarray(found, bool)
