"""`make soak`: SOAK_MINUTES (60) at EVENTS_PER_SECOND (1,000), with defaults otherwise.

With SOAK_SYMBOLS=20000: that many symbols, by default each with a quote a second.
"""

import os
import statistics
import string
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, product

from conftest import Run
from stack import Stack

from soak.samples import Sample, by_quarter, delays_s, look, shares, slope_per_hour

_EVERY_S = 10
_WARM = timedelta(minutes=2)
"""Left out, because figures grow during a start."""
_MOST_LAG_S = 10
_MOST_GROWTH = 1.25
"""From one quarter to the next: by more than garbage that waits to be collected makes."""


def watch(stack: Stack, minutes: float) -> list[Sample]:
    """Sample the stack every ten seconds."""
    began, samples = time.monotonic(), []
    while (at_s := time.monotonic() - began) < minutes * 60:
        samples.append(look(stack, at_s))
        time.sleep(max(0.0, _EVERY_S - (time.monotonic() - began - at_s)))
    return samples


def report(samples: Sequence[Sample], delays: list[float], restarts: int) -> None:
    """Print each figure's median by quarter, its largest and its slope; then the delays."""
    heads = ("1st quarter", "2nd", "3rd", "4th", "largest", "per hour")
    print(f"{'':28}" + "".join(f"{head:>12}" for head in heads))
    for name in samples[0].figures:
        figures = by_quarter(samples, name)
        figures += [max(it.figures[name] for it in samples), slope_per_hour(samples, name)]
        print(f"{name:28}" + "".join(f"{figure:12.1f}" for figure in figures))
    percentile = statistics.quantiles(delays, n=100)[98]
    print(
        f"window end to file: median {statistics.median(delays):.2f} s, p99 {percentile:.2f} s,"
        f" largest {max(delays):.2f} s, n {len(delays)}"
    )
    print(f"restarts of containers: {restarts}")


def faults(samples: Sequence[Sample], restarts: int, events_per_second: float) -> list[str]:
    """Say what is not as it should be in the last quarter of the time, compared with the third."""
    found = [f"containers restarted: {restarts}"] if restarts else []
    lag = by_quarter(samples, "lag events")[3]
    if lag > _MOST_LAG_S * events_per_second:
        found.append(f"the job does not keep up: {lag:.0f} events behind")
    for service in ("spark-job", "gateway"):
        *_, before, last = by_quarter(samples, f"{service} MiB")
        if last > _MOST_GROWTH * before:
            found.append(f"the memory of {service} grows: {before:.0f} MiB, then {last:.0f} MiB")
    return found


def names(number: int) -> str:
    """Make symbols for `SYMBOLS`, short ones, as an environment variable may have 128 KiB."""
    letters = product(string.ascii_uppercase, string.ascii_uppercase + string.digits, repeat=2)
    return ",".join(islice(("".join(it) for it in letters), number))


def traffic() -> dict[str, str]:
    """Give the settings of the synthetic feed."""
    rate, symbols = os.environ.get("EVENTS_PER_SECOND"), os.environ.get("SOAK_SYMBOLS")
    settings = {"SYNTHETIC_EVENTS_PER_SECOND": rate or symbols or "1000"}
    return {**settings, "SYMBOLS": names(int(symbols))} if symbols else settings


def main() -> int:
    """Run it; gives 1 if a container restarted, memory grows or the job does not keep up."""
    minutes = float(os.environ.get("SOAK_MINUTES") or 60)
    settings = traffic()
    rate = settings["SYNTHETIC_EVENTS_PER_SECOND"]
    print(f"SOAK_MINUTES={minutes:g} {rate} events/s", flush=True)
    whole = Run()
    stack = whole.stack("soak", **settings)
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
    found = faults(samples, restarts, float(rate))
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
