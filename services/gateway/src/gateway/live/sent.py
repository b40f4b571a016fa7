"""What a reader of the stream is sent."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from gateway.live.recent import Position


class Sent(NamedTuple):
    """A message for a reader, with the id of a final one."""

    id: str | None
    message: bytes


class Batch:
    """Some messages, and how far a reader is that has them: among the newest, among the final."""

    def __init__(
        self, sent: Sequence[Sent], place: int = 0, position: Position | None = None
    ) -> None:
        self.sent = sent
        self.place = place
        self.position = position

    @cached_property
    def events(self) -> bytes:
        """The messages as server-sent events: made once for all readers that get them."""
        return b"".join(map(_event, self.sent))


NOTHING = Batch(())


def _event(sent: Sent) -> bytes:
    id_ = b"" if sent.id is None else b"id: %s\n" % sent.id.encode()
    return b"%sdata: %s\n\n" % (id_, sent.message)
