"""A record as a line of text for a person, or as a line of JSON for a program."""

import json
import sys
from collections.abc import Callable

import msgspec
from rich.cells import cell_len

from contracts.alerts import Alert
from contracts.event import Heartbeat, Quote
from contracts.refusals import RefusedRecord
from contracts.times import LAST_MS, format_time, from_ms
from contracts.window import Window
from debug_consumer.judge import Judged
from debug_consumer.safe import safe, safe_bytes
from debug_consumer.tally import Tally

DETAIL_WIDTH = 100
PAYLOAD_WIDTH = 120
SYMBOL_WIDTH = 6


class LineView:
    """Writes each record as one line to standard output, and notes to standard error."""

    def __init__(self, line: Callable[[Judged], str]) -> None:
        self._line = line

    def show(self, judged: Judged) -> None:
        """Write a record."""
        sys.stdout.write(f"{self._line(judged)}\n")

    def refresh(self, _: Tally) -> None:
        """Let the lines so far be seen."""
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Write a note."""
        sys.stderr.write(f"debug-consumer: {text}\n")


def text_line(judged: Judged) -> str:
    """Write a record as one line: where it is, the verdict, and what it holds or what is wrong."""
    record = judged.record
    place = f"{record.partition}:{record.offset}"
    if judged.reason is None:
        return f"{place:<10} valid    {judged.kind:<9}  {content(judged)}"
    payload = safe_bytes(record.value, PAYLOAD_WIDTH)
    return f"{place:<10} INVALID  {judged.reason}: {safe(judged.detail, DETAIL_WIDTH)} | {payload}"


def content(judged: Judged) -> str:
    """Say what a valid record holds."""
    match judged.message:
        case Quote() as quote:
            volume = "" if quote.volume is None else f"x {quote.volume:.15g}"
            as_of = f"  as of {quote.as_of}" if quote.as_of else ""
            return (
                f"{_padded(quote.symbol)} {quote.price:>13.15g} {volume:<10}  {quote.event_time}  "
                f"{quote.source}{as_of}  {safe(quote.event_id, 60)}"
            )
        case Heartbeat() as beat:
            return f"{beat.event_time}  {beat.source}  {safe(beat.event_id, 60)}"
        case RefusedRecord() as letter:
            place = f"{safe(letter.topic, 60)} {letter.partition}:{letter.offset}"
            return f"{letter.reason}  {place}  {safe(letter.detail, DETAIL_WIDTH)}"
        case Window() as window:
            return (
                f"{_padded(window.symbol)} {window.avg_price:>13.12g} "
                f"({window.min_price:.12g} to {window.max_price:.12g}, {window.event_count} quotes)"
                f"  {window.window_start} to {window.window_end}  {safe(window.source, 60)}"
            )
        case Alert() as alert:
            rule, text = safe(alert.rule, 60), safe(alert.text, DETAIL_WIDTH)
            said = text if alert.text.startswith(alert.rule) else f"{rule}: {text}"
            return f"{_padded(safe(alert.symbol or '', 40))} {alert.at}  {said}"
        case None:
            return safe_bytes(judged.record.value, PAYLOAD_WIDTH)


def _padded(symbol: str) -> str:
    """Fill a symbol up by what a terminal takes for it: some letters are two columns wide."""
    return symbol + " " * (SYMBOL_WIDTH - cell_len(symbol))


def json_line(judged: Judged) -> str:
    """Write a record as one JSON object, in ASCII; an invalid one with its payload, cut."""
    record = judged.record
    line = {
        "type": "record",
        "partition": record.partition,
        "offset": record.offset,
        "kafka_timestamp": timestamp(record.timestamp_ms),
        "key": None if record.key is None else safe_bytes(record.key, PAYLOAD_WIDTH),
        "valid": judged.reason is None,
    }
    if judged.reason is None:
        members = msgspec.to_builtins(judged.message)
        value = {
            name: safe(member, PAYLOAD_WIDTH) if isinstance(member, str) else member
            for name, member in members.items()
        }
        return json.dumps(line | {"kind": judged.kind, "value": value})
    wrong = {"reason": judged.reason, "detail": safe(judged.detail, DETAIL_WIDTH)}
    return json.dumps(line | wrong | {"payload": safe_bytes(record.value, PAYLOAD_WIDTH)})


def timestamp(timestamp_ms: int) -> str:
    """Write a Kafka timestamp in the contract's format, or as a number where it is no time."""
    if not 0 <= timestamp_ms <= LAST_MS:
        return str(timestamp_ms)
    return format_time(from_ms(timestamp_ms))
