"""Takes JSON documents apart into events, as `ijson` does, in bounded memory."""

import re
import sys
from collections.abc import Iterator
from itertools import chain, count, islice
from typing import Any

import ijson

from producer.feeds.replay.files.file import File

MOST_IN_A_ROW = 1000
"""Events of which a row is built at most: what is longer may be larger than memory."""
_NAN = re.compile(r"(?<=[:\[,\s])NaN(?=\s*[,}\]])")


def events_of(file: File) -> Iterator[tuple[str, Any]]:
    """Give what a file holds, but for what pandas' ``orient="table"`` says of its columns."""
    try:
        events = ijson.basic_parse(
            _Bytes(_without_nan(file.texts())), multiple_values=True, use_float=True
        )
        for event, value in events:
            if event == "map_key" and value == "schema":
                start = next(events)
                built(start[0], start[1], events)
            else:
                yield event, value
    except ijson.JSONError as error:
        raise OSError(f"no JSON: {' '.join(str(error).split())}") from None


def begins_with_a_row(file: File) -> bool:
    """Tell whether the first document is so short that it may be a row; raises `OSError`."""
    depth = 0
    for event, _ in islice(events_of(file), MOST_IN_A_ROW):
        depth += event.startswith("start") - event.startswith("end")
        if not depth:
            return True
    return False


def in_one_array(events: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Put an array around all: documents one behind the other are its elements then."""
    return chain([("start_array", None)], events, [("end_array", None)])


def without_outer_arrays(events: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Leave out where outermost arrays begin and end: what they hold stands side by side."""
    depth = 0
    for event, value in events:
        depth += event == "start_array"
        if depth != 1 or event not in {"start_array", "end_array"}:
            yield event, value
        depth -= event == "end_array"


def built(
    event: str, value: Any, events: Iterator[tuple[str, Any]], most: int = sys.maxsize
) -> Any:
    """Build the value that begins with an event, of the events that follow: `most` of them."""
    builder, depth, left_out = ijson.ObjectBuilder(), 0, 0
    for number in count():
        begins, ends = event.startswith("start"), event.startswith("end")
        if number < most or (ends and not left_out):
            builder.event(event, value)
        else:
            left_out += begins - ends
        depth += begins - ends
        if not depth:
            break
        event, value = next(events)
    return builder.value


def _without_nan(texts: Iterator[str]) -> Iterator[str]:
    """Write null for NaN, which is no JSON, but which Python and others write."""
    rest = ""
    for piece in texts:
        text = rest + piece
        end = max(map(text.rfind, ",}]")) + 1 or len(text)  # no NaN is cut in two there
        rest, text = text[end:], text[:end]
        yield _NAN.sub("null", text) if "NaN" in text else text
    yield rest


class _Bytes:
    """Text to be read as the bytes of UTF-8."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts

    def read(self, size: int) -> bytes:
        """Give some more; nothing at the end, or where nothing is asked for."""
        return next((it.encode() for it in self._texts if it), b"") if size else b""
