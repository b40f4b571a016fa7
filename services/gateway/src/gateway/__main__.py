"""Runs the gateway; the exit code says what ended it."""

import signal
import sys
from types import FrameType


def _end(_: int, __: FrameType | None) -> None:
    sys.exit(0)


# From the first moment on: what is imported next takes longer than a person takes to say stop.
signal.signal(signal.SIGTERM, _end)
signal.signal(signal.SIGINT, _end)

from gateway.command import main  # noqa: E402 - see above

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
