"""Reads many records at once: a short cut in front of `contracts.check`, which stays the judge.

It decodes into the contract's own events, but for the patterns of two fields, and looks at patterns
and times a column at a time: record by record, these cost more than all else together. It reads
nothing else than the check would; where one of the records may not be plainly valid, it reads none.
"""

import re
from datetime import timedelta
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


def read(batch: pa.RecordBatch, max_future_skew: timedelta) -> pa.RecordBatch | None:
    """Read records: columns as `spark_job.reading.blocks.RECORDS`.

    Gives them in their order as `EVENTS`, or None where `contracts.check` has to judge.
    """
    events = _decode(batch.column("line"))
    if events is None or any(event.as_of is not msgspec.UNSET for event in events):
        return None
    symbols = [event.symbol for event in events]
    if not all(map(_is_symbol, set(symbols) - {None})):
        return None
    ids = pa.array([event.event_id for event in events], pa.string())
    if not pc.all(pc.match_substring_regex(ids, _EVENT_ID), min_count=0).as_py():
        return None
    times = _epoch_us([event.event_time for event in events])
    if times is None or _epoch_us([event.ingest_time for event in events]) is None:
        return None
    latest = batch.column("timestamp").cast(pa.int64()).to_numpy() * 1000
    if (times > latest + max_future_skew // MICROSECOND).any():
        return None
    sources = [event.source for event in events]
    prices, volumes = [event.price for event in events], [event.volume for event in events]
    return pa.record_batch([times, symbols, sources, prices, volumes], schema=EVENTS)


def _decode(lines: pa.BinaryArray) -> list[Any] | None:
    """Decode each line as an event; None unless every one is one, plainly written."""
    if lines.null_count:
        return None
    _, offsets, content = lines.buffers()
    ends = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    text = np.frombuffer(content, np.uint8)[ends[0] : ends[-1]]
    # A line is a record only where none holds a break of its own.
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
    """Read times of the contract's form as microseconds since 1970; None where one is none."""
    array = pa.array(texts, pa.string())
    _, offsets, characters = array.buffers()
    if (np.diff(np.frombuffer(offsets, np.int32, len(array) + 1)) != _TIME_BYTES).any():
        return None
    if not texts:
        return np.empty(0, np.int64)
    places = np.frombuffer(characters, np.uint8, len(array) * _TIME_BYTES).reshape(-1, _TIME_BYTES)
    # A byte below the least wraps around, and is above the most.
    if (places - _LEAST_TIME > _MOST_TIME - _LEAST_TIME).any():
        return None
    try:
        times = array.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:  # no real date, or no real time
        return None
    return times if times.min() >= 0 else None
