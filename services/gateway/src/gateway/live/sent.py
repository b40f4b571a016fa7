"""What a reader of the stream is sent."""

from typing import NamedTuple


class Sent(NamedTuple):
    """A message for a reader, with the id of a final one."""

    id: str | None
    message: bytes
