"""Room for messages that stay for a while, apart from all that comes and goes."""

import mmap
from typing import NamedTuple

BLOCK_BYTES = 1 << 20


class Place(NamedTuple):
    """Where a message is; a block goes back to the system with the last place in it."""

    block: mmap.mmap
    begin: int
    end: int

    def read(self) -> bytes:
        """Give the message."""
        return self.block[self.begin : self.end]


class Blocks:
    """Keeps messages in blocks of a megabyte, from the system and not from the heap.

    Among the buffers of what is read they would leave gaps in the heap that no buffer fits into:
    with 1,000 symbols it grew by some 50 MiB an hour.
    """

    def __init__(self) -> None:
        self._block = _block(BLOCK_BYTES)
        self._used = 0

    def keep(self, message: bytes) -> Place:
        """Copy a message to where it stays."""
        begin, end = self._used, self._used + len(message)
        if end > len(self._block):
            self._block = _block(max(BLOCK_BYTES, len(message)))
            begin, end = 0, len(message)
        self._block[begin:end] = message
        self._used = end
        return Place(self._block, begin, end)


def _block(size: int) -> mmap.mmap:
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
