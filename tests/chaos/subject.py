"""The stack that faults are injected into."""

import os
from datetime import timedelta

from conftest import Run
from stack import Stack

LENGTH, SLIDE = timedelta(seconds=20), timedelta(seconds=5)
PARTITIONS = 4
EVENTS_PER_SECOND = 1000


def subject(run: Run, name: str) -> Stack:
    """Make the stack, with the overlays in `COMPOSE_FILE`; it is not started yet.

    It has no watermark delay: whatever is late is lost.
    """
    return run.stack(
        name,
        COMPOSE_FILE=os.environ.get("COMPOSE_FILE") or "compose.yaml",
        SYNTHETIC_EVENTS_PER_SECOND=str(EVENTS_PER_SECOND),
        KAFKA_PARTITIONS=str(PARTITIONS),
        WINDOW_LENGTH=f"{LENGTH.seconds} seconds",
        WINDOW_SLIDE=f"{SLIDE.seconds} seconds",
        WATERMARK_DELAY="0 seconds",
    )
