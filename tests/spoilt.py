"""Events that are invalid in one way, each with the reason for which it must be refused."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

type Event = dict[str, Any]


def time_text(second: float) -> str:
    """Write a time (seconds since 1970) as an event has it."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def quote(second: float, symbol: str, price: float, **others: Any) -> Event:
    """Make a quote."""
    return {
        "schema_version": 1,
        "kind": "quote",
        "event_id": "f0f0-1",
        "symbol": symbol,
        "price": price,
        "volume": 1.0,
        "event_time": time_text(second),
        "ingest_time": time_text(second),
        "source": "synthetic",
    } | others


def heartbeat(second: float) -> Event:
    """Make a heartbeat."""
    event = quote(second, "", 0.0, kind="heartbeat")
    return {name: event[name] for name in event if name not in {"symbol", "price", "volume"}}


def encode(event: Event) -> bytes:
    """Write an event as it is published."""
    return json.dumps(event, separators=(",", ":")).encode()


def _without(event: Event, name: str) -> Event:
    return {it: value for it, value in event.items() if it != name}


_NAMES = ("schema_version", "kind", "event_id", "symbol", "price", "event_time", "ingest_time")

_WAYS: dict[str, list[Callable[[Event, random.Random], bytes | None]]] = {
    "tombstone": [lambda _event, _rng: None],
    "too_large": [lambda event, rng: encode(event | {"note": "x" * rng.randint(65_536, 80_000)})],
    "not_utf8": [
        lambda event, rng: encode(event)[:-1] + b',"x":"\xff' + rng.randbytes(2) + b'"}',
        lambda event, _rng: encode(event).replace(b"f0f0", b"\xc3\x28"),
    ],
    "not_json": [
        lambda event, rng: encode(event)[: rng.randrange(1, len(encode(event)) - 1)],
        lambda event, _rng: encode(event) * 2,
        lambda event, _rng: encode(event).replace(b'"', b"'"),
        lambda event, _rng: encode(event).replace(b"1.0", b"NaN"),
        lambda _event, _rng: b"",
    ],
    "not_object": [lambda event, _rng: b"[" + encode(event) + b"]", lambda _event, _rng: b"17"],
    "unknown_version": [lambda event, rng: encode(event | {"schema_version": rng.randint(2, 9)})],
    "unknown_kind": [lambda event, _rng: encode(event | {"kind": "trade"})],
    "missing_field": [lambda event, rng: encode(_without(event, rng.choice([*_NAMES, "volume"])))],
    "null_field": [lambda event, rng: encode(event | {rng.choice(_NAMES): None})],
    "wrong_type": [
        lambda event, _rng: encode(event | {"price": "12"}),
        lambda event, _rng: encode(event | {"event_time": 12}),
        lambda event, _rng: encode(event | {"volume": [1]}),
    ],
    "out_of_range": [
        lambda event, rng: encode(event | {"price": rng.choice([0, -1.5, 1e10])}),
        lambda event, _rng: encode(event | {"volume": -1}),
    ],
    "bad_event_id": [lambda event, _rng: encode(event | {"event_id": "a b-1"})],
    "bad_symbol": [
        lambda event, rng: encode(event | {"symbol": rng.choice(["ibm", "", "A" * 33, "$SPX"])})
    ],
    "bad_time": [
        lambda event, _rng: encode(event | {"event_time": "2026-02-30T00:00:00.000000Z"}),
        lambda event, _rng: encode(event | {"ingest_time": "2026-01-02 15:04:05.000000Z"}),
    ],
    "in_future": [
        lambda event, _rng: encode(event | {"event_time": "2099-01-01T00:00:00.000000Z"})
    ],
    "unknown_source": [lambda event, _rng: encode(event | {"source": "rumour"})],
}  # fmt: skip

REASONS = tuple(_WAYS)


def spoil(event: Event, reason: str, rng: random.Random) -> bytes | None:
    """Do one thing to a quote, so that it must be refused for a reason."""
    return rng.choice(_WAYS[reason])(event, rng)
