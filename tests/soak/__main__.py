"""`make soak`: SOAK_MINUTES (60) at EVENTS_PER_SECOND (1,000), all else at its default."""

import os
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from conftest import Run
from stack import Stack

from soak.samples import Sample, delays_s, look, shares, slope_per_hour

_EVERY_S = 10
_WARM = timedelta(minutes=2)
"""Left out: what starts grows."""


def watch(stack: Stack, minutes: float) -> list[Sample]:
    """Look at the stack every ten seconds."""
    began, samples = time.monotonic(), []
    while (at_s := time.monotonic() - began) < minutes * 60:
        samples.append(look(stack, at_s))
        time.sleep(max(0.0, _EVERY_S - (time.monotonic() - began - at_s)))
    return samples


def report(samples: Sequence[Sample], delays: list[float], restarts: int) -> None:
    """Print each figure's median, largest and slope; then the delays."""
    print(f"{'':28}{'median':>10}{'largest':>10}{'per hour':>10}")
    for name in samples[0].figures:
        values = [sample.figures[name] for sample in samples]
        figures = statistics.median(values), max(values), slope_per_hour(samples, name)
        print(f"{name:28}" + "".join(f"{figure:10.1f}" for figure in figures))
    percentile = statistics.quantiles(delays, n=100)[98]
    print(
        f"window end to file: median {statistics.median(delays):.2f} s, p99 {percentile:.2f} s,"
        f" largest {max(delays):.2f} s, n {len(delays)}"
    )
    print(f"containers started again: {restarts}")


def main() -> int:
    """Run it; gives 1 where a container was started again."""
    minutes = float(os.environ.get("SOAK_MINUTES") or 60)
    rate = os.environ.get("EVENTS_PER_SECOND") or "1000"
    print(f"SOAK_MINUTES={minutes:g} EVENTS_PER_SECOND={rate}", flush=True)
    whole = Run()
    stack = whole.stack("soak", SYNTHETIC_EVENTS_PER_SECOND=rate)
    try:
        stack.up()
        time.sleep(_WARM.total_seconds())
        since = datetime.now(UTC)
        samples = shares(watch(stack, minutes))
        restarts = sum(stack.restarts().values())
        report(samples, delays_s(stack.data, since), restarts)
    finally:
        stack.close()
        whole.close()
    return 1 if restarts else 0


if __name__ == "__main__":
    sys.exit(main())
