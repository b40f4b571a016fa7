"""`make soak`: SOAK_MINUTES (60) at EVENTS_PER_SECOND (1,000), with defaults otherwise.

With SOAK_SYMBOLS=20000: that many symbols, by default each with a quote a second.
"""

import json
import os
import statistics
import string
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice, product

from conftest import Run
from stack import Stack

from soak.samples import Sample, delays_s, look, shares, summary

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


def report(figures: Mapping[str, list[float]], delays: Mapping[str, float], restarts: int) -> None:
    """Print the figures as a table; then the delays."""
    heads = ("1st quarter", "2nd", "3rd", "4th", "largest", "per hour")
    print(f"{'':28}" + "".join(f"{head:>12}" for head in heads))
    for name, of_quarters in figures.items():
        print(f"{name:28}" + "".join(f"{figure:12.1f}" for figure in of_quarters))
    print(
        "window end to file: median {median_s:.2f} s, p99 {p99_s:.2f} s,"
        " largest {max_s:.2f} s, {ends} ends of windows".format(**delays)
    )
    print(f"restarts of containers: {restarts}")


def faults(
    figures: Mapping[str, list[float]], restarts: int, events_per_second: float
) -> list[str]:
    """Say what is not as it should be in the last quarter of the time, compared with the third."""
    found = [f"containers restarted: {restarts}"] if restarts else []
    lag = figures["lag events"][3]
    if lag > _MOST_LAG_S * events_per_second:
        found.append(f"the job does not keep up: {lag:.0f} events behind")
    before, last = figures["gateway skipped"][2:4]
    if last > before:
        found.append(f"the gateway does not keep up: {last - before:.0f} events skipped")
    for service in ("spark-job", "gateway"):
        before, last = figures[f"{service} MiB"][2:4]
        if last > _MOST_GROWTH * before:
            found.append(f"the memory of {service} grows: {before:.0f} MiB, then {last:.0f} MiB")
    return found


def names(number: int) -> str:
    """Make symbols for `SYMBOLS`, short ones first, as an environment variable has 128 KiB."""
    following = string.ascii_uppercase + string.digits
    made = (
        "".join(it)
        for length in range(4)
        for it in product(string.ascii_uppercase, *[following] * length)
    )
    return ",".join(islice(made, number))


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
        figures = summary(shares(watch(stack, minutes)))
        restarts = sum(stack.restarts().values())
        delays = delays_s(stack.data, since)
    finally:
        stack.close()
        whole.close()
    late = {
        "median_s": statistics.median(delays),
        "p99_s": statistics.quantiles(delays, n=100)[98],
        "max_s": max(delays),
        "ends": len(delays),
    }
    report(figures, late, restarts)
    found = faults(figures, restarts, float(rate))
    print(*found, sep="\n")
    asked = {"symbols": os.environ.get("SOAK_SYMBOLS"), "events_per_second": rate}
    told = {**asked, "minutes": minutes, "figures": figures, "delays": late, "faults": found}
    print(json.dumps(told))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
