"""What the gateway's stream says, as far as it is to be known on its way to the pages."""

from typing import Annotated, Any

import msgspec

from contracts.alerts import SCHEMA_VERSION, Alert
from contracts.stream import Kind
from contracts.symbols import SYMBOL_PATTERN

type Slot = tuple[Kind, str | None, str | None]
"""Kind, symbol and source: a trade, or an open window, replaces the one before it."""

MOST_SYMBOLS = 1000
"""A page names so many at most."""


class Head(msgspec.Struct, frozen=True):
    """What tells where a message goes; `id` is that of a final window or an alert."""

    kind: Kind
    symbol: str | None = None
    source: str | None = None
    id: str | None = None

    @property
    def slot(self) -> Slot:
        """What tells which message it replaces."""
        return self.kind, self.symbol, self.source


_Symbol = Annotated[str, msgspec.Meta(pattern=SYMBOL_PATTERN)]
_head = msgspec.json.Decoder(Head)
_symbols = msgspec.json.Decoder(Annotated[list[_Symbol], msgspec.Meta(max_length=MOST_SYMBOLS)])


def head_of(text: str | bytes) -> Head | None:
    """Read the head of a message; None of what is none, and is left out."""
    try:
        return _head.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def alert_of(text: str | bytes) -> Alert | None:
    """Read an alert, whose own kind the stream calls ``alert_kind``; None of what is none."""
    try:
        fields = msgspec.json.decode(text, type=dict[str, Any])
        fields |= {"kind": fields.get("alert_kind"), "schema_version": SCHEMA_VERSION}
        return msgspec.convert(fields, Alert)
    except (msgspec.DecodeError, RecursionError):
        return None


def symbols_of(text: str) -> frozenset[str] | None:
    """Read which symbols a page shows, a JSON array; None of anything else."""
    try:
        return frozenset(_symbols.decode(text))
    except (msgspec.DecodeError, RecursionError):
        return None


def together(messages: list[str]) -> str:
    """Put messages, each valid JSON, into one frame for a page."""
    return f"[{','.join(messages)}]"
