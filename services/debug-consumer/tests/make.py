"""Records as a broker would give them."""

from contracts import examples
from debug_consumer.judge import Record

QUOTE = (
    '{"schema_version": 1, "kind": "quote", "event_id": "%s", "symbol": "%s", "price": 184.5, '
    '"volume": 120543, "event_time": "2026-01-02T15:04:05.000000Z", '
    '"ingest_time": "2026-01-02T15:04:05.250000Z", "source": "synthetic"}'
)
HEARTBEAT = (
    '{"schema_version": 1, "kind": "heartbeat", "event_id": "%s", '
    '"event_time": "2026-01-02T15:04:05.000000Z", "ingest_time": "2026-01-02T15:04:05.250000Z", '
    '"source": "synthetic"}'
)
DEAD_LETTER = (
    '{"reason": "not_json", "detail": "JSON is malformed", "topic": "raw_api_events", '
    '"partition": 0, "offset": 7, "kafka_timestamp": "2026-01-02T15:04:05.300000Z", '
    '"payload": "hello"}'
)
NOW_MS = examples.load()[0].kafka_timestamp_ms


def record(value: bytes | None, offset: int = 0, partition: int = 0, key: bytes | None = None):
    return Record(partition, offset, NOW_MS, key, value)


def quote(number: int, symbol: str = "IBM", partition: int = 0, run: str = "a1"):
    value = (QUOTE % (f"{run}-{number}", symbol)).encode()
    return record(value, offset=number, partition=partition, key=symbol.encode())


def heartbeat(number: int, partition: int = 0):
    return record((HEARTBEAT % f"a1-{number}").encode(), offset=number, partition=partition)
