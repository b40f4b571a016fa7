"""What the gateway's stream says, as far as it is to be known on its way to the pages."""

from typing import Annotated, Literal

import msgspec

type Kind = Literal["trade", "open", "window", "alert"]

MOST_SYMBOLS = 1000


class Head(msgspec.Struct, frozen=True):
    """What tells where a message goes. `id` names what a reader that comes back goes on after."""

    kind: Kind
    symbol: str | None = None
    source: str | None = None
    id: str | None = None


_Symbol = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
_head = msgspec.json.Decoder(Head)
_symbols = msgspec.json.Decoder(Annotated[list[_Symbol], msgspec.Meta(max_length=MOST_SYMBOLS)])


def head_of(text: str | bytes) -> Head | None:
    """Read the head of a message; None of what is none, and is left out."""
    try:
        return _head.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def symbols_of(text: str) -> frozenset[str] | None:
    """Read which symbols a page shows, a JSON array; None of anything else."""
    try:
        return frozenset(_symbols.decode(text))
    except msgspec.DecodeError:
        return None


def together(messages: list[str]) -> str:
    """Put messages, each valid JSON, into one frame for a page."""
    return f"[{','.join(messages)}]"
