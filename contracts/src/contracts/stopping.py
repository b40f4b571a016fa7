"""How a service ends while it is still starting."""

import signal
import sys
from types import FrameType


def end_on_signals() -> None:
    """End at SIGTERM and SIGINT with exit code 0, until the service takes them itself."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)


def _end(_: int, __: FrameType | None) -> None:
    sys.exit(0)
