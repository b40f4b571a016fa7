"""What a watermark delay costs or saves: windows that lack events, by partitions, rate and delay.

``python -m soak.disorder``; a stack after another, some four minutes each, window settings at their
defaults. Producers write in order, but with several partitions the job may have read further in one
than in another when it moves the watermark.
"""

import sys
import time
from datetime import timedelta
from typing import NamedTuple

from conftest import Run
from stack import Stack
from waiting import wait_for
from windows import Key, calculate, key_of

LENGTH, SLIDE = timedelta(minutes=1), timedelta(seconds=5)
_RUNS_S = 180
_WHOLE = timedelta(minutes=1)
"""By so much a calculation waits longer than the job, so that its windows have all their events."""


class Case(NamedTuple):
    """A stack's settings: partitions of the topic, events/s, delay of the watermark in seconds."""

    partitions: int
    rate: int
    delay_s: int


CASES = (
    Case(1, 1000, 0),
    Case(4, 10, 0),
    Case(4, 1000, 0),
    Case(4, 1000, 1),
    Case(4, 1000, 5),
)


class Loss(NamedTuple):
    """Of `windows` some are `missing` or `short` of events; `events` counts one in each window."""

    windows: int
    missing: int
    short: int
    events: int
    lost: int
    late_updates: int


def loss(stack: Stack) -> Loss:
    """Compare each window's number of events with what the topic holds for it."""
    whole = calculate(stack.records(), LENGTH, SLIDE, _WHOLE)

    def written() -> dict[Key, int] | None:
        found = {key_of(row): row["event_count"] for row in stack.rows()}
        newest_us = max((key.end_us for key in found), default=0)
        return found if newest_us >= whole.watermark_us else None

    found = wait_for("the last window", written, 120) or {}
    counts = [(found.get(key, 0), len(events)) for key, events in whole.rows.items()]
    return Loss(
        windows=len(counts),
        missing=sum(not got for got, _ in counts),
        short=sum(0 < got < all_ for got, all_ in counts),
        events=sum(all_ for _, all_ in counts),
        lost=sum(all_ - got for got, all_ in counts),
        late_updates=stack.status("spark-job")["details"]["late_window_updates"],
    )


def main() -> int:
    """Run each case, a line each."""
    print("partitions  events/s  delay  windows  missing  short  events lost of  late updates")
    run = Run()
    try:
        for case in CASES:
            stack = run.stack(
                "-".join(map(str, case)),
                KAFKA_PARTITIONS=str(case.partitions),
                SYNTHETIC_EVENTS_PER_SECOND=str(case.rate),
                WATERMARK_DELAY=f"{case.delay_s} seconds",
            )
            try:
                stack.up()
                time.sleep(_RUNS_S)
                it = loss(stack)
            finally:
                stack.close()
            print(
                f"{case.partitions:10}{case.rate:10}{case.delay_s:6}s{it.windows:9}{it.missing:9}"
                f"{it.short:7}{it.lost:8} {it.events:12}{it.late_updates:8}",
                flush=True,
            )
    finally:
        run.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
