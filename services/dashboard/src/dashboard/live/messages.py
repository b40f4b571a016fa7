"""What the gateway's stream says, as far as it is to be known on its way to the pages."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from contracts.alerts import SCHEMA_VERSION, Alert, AlertKind
from contracts.stream import Kind
from contracts.symbols import SYMBOL_PATTERN
from contracts.times import from_ms

type Slot = tuple[Kind, str | None, str | None]
"""Kind, symbol and source: a trade, an open window or a candle replaces the one before it."""

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


class StreamedAlert(Alert, frozen=True, kw_only=True):
    """An alert, whose own kind the stream calls ``alert_kind``, and whose version it leaves out.

    Its `id` begins with the milliseconds since 1970 at which the stream had it.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: AlertKind = msgspec.field(name="alert_kind")
    id: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{1,13}-")]

    @property
    def came_at(self) -> datetime:
        """When the stream had it; `at` may be a replay's time, or that of a late window."""
        return from_ms(int(self.id.partition("-")[0]))


type _Symbol = Annotated[str, msgspec.Meta(pattern=SYMBOL_PATTERN)]
type _Symbols = Annotated[frozenset[_Symbol], msgspec.Meta(max_length=MOST_SYMBOLS)]


class Asked(msgspec.Struct, frozen=True):
    """The symbols that a page shows, and those of which it shows candles."""

    symbols: _Symbols
    candles: _Symbols


_head = msgspec.json.Decoder(Head)
_alert = msgspec.json.Decoder(StreamedAlert)
_asked = msgspec.json.Decoder(Asked)


def head_of(text: str | bytes) -> Head | None:
    """Read the head of a message; None of what is none, and is left out."""
    try:
        return _head.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def alert_of(text: str | bytes) -> StreamedAlert | None:
    """Read an alert; None of what is none."""
    try:
        return _alert.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def asked_of(text: str) -> Asked | None:
    """Read which symbols a page shows; None of anything else."""
    try:
        return _asked.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def together(messages: list[str]) -> str:
    """Put messages, each valid JSON, into one frame for a page."""
    return f"[{','.join(messages)}]"
