"""`make chaos`: SEED (random), KILLS of each service and of all at once (5)."""

import os
import secrets
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from conftest import Run
from stack import Stack
from waiting import wait_for
from windows import Calculation, calculate, differences

from chaos.moments import Batches
from chaos.plan import PAUSE_S, Blow, plan

LENGTH, SLIDE, DELAY = timedelta(seconds=20), timedelta(seconds=5), timedelta(minutes=2)
EVENTS_PER_SECOND = 1000
_SETTLED_S = 5


class Recovery(NamedTuple):
    """A blow, when it fell (seconds from the start), and how long all took to be well again."""

    blow: Blow
    at_s: float
    took_s: float


def strike(stack: Stack, batches: Batches, blow: Blow) -> float:
    """Do it at its moment; gives the seconds until all is healthy and a new batch has ended."""
    began = _kill(stack, batches, blow) if blow.kind == "kill" else _pause(stack, batches, blow)
    stack.wait_healthy()
    batches.wait_for_next()
    return time.monotonic() - began


def _kill(stack: Stack, batches: Batches, blow: Blow) -> float:
    before, pids = stack.started_at(), stack.main_processes(*blow.services)
    _wait_for(batches, blow)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    wait_for(
        f"{', '.join(blow.services)} started again",
        lambda: all(stack.started_at()[name] != before[name] for name in blow.services),
        60,
    )
    return began


def _pause(stack: Stack, batches: Batches, blow: Blow) -> float:
    _wait_for(batches, blow)
    stack.compose("pause", *blow.services)
    time.sleep(PAUSE_S)
    stack.compose("unpause", *blow.services)
    return time.monotonic()


def _wait_for(batches: Batches, blow: Blow) -> None:
    batches.wait_for(blow.moment)
    time.sleep(blow.after_s)


def run(stack: Stack, blows: list[Blow]) -> list[Recovery]:
    """Start the stack and do all of it, a line each."""
    stack.up()
    began = time.monotonic()
    batches, recoveries = Batches(stack.data), []
    for blow in blows:
        at_s = time.monotonic() - began
        recoveries.append(Recovery(blow, at_s, strike(stack, batches, blow)))
        print(f"{at_s:7.1f} s  {blow}: well again after {recoveries[-1].took_s:.1f} s", flush=True)
        time.sleep(_SETTLED_S)
    return recoveries


def verdict(stack: Stack) -> tuple[Calculation, list[str]]:
    """Compare all windows with the topic, once no more come."""
    stack.compose("stop", "producer")
    calculation = calculate(stack.records(), LENGTH, SLIDE, DELAY)
    deadline = time.monotonic() + 120
    while lines := differences(calculation, stack.rows()):
        if time.monotonic() > deadline or not any(it.startswith("missing") for it in lines):
            break
        time.sleep(2)
    return calculation, lines


def report(recoveries: list[Recovery], calculation: Calculation, lines: list[str]) -> None:
    """Print what came of it."""
    for kind in ("kill", "pause"):
        took = sorted(it.took_s for it in recoveries if it.blow.kind == kind)
        if took:
            middle = took[len(took) // 2]
            print(f"{len(took)} times {kind}: median {middle:.1f} s, longest {took[-1]:.1f} s")
    events = sum(len(events) for events in calculation.rows.values())
    print(f"{len(calculation.rows)} windows checked, of {events} events counted in them")
    for what in ("missing", "doubled", "different", "unexpected"):
        print(f"{what}: {sum(line.startswith(what) for line in lines)}")
    print(f"late by the watermark, and so not judged: {len(calculation.doubtful)}")
    print(*lines[:20], sep="\n")


def main() -> int:
    """Run it; gives 1 where a window is not as it must be."""
    seed = int(os.environ.get("SEED") or secrets.randbelow(10**6))
    kills = int(os.environ.get("KILLS") or 5)
    blows = plan(seed, kills)
    print(f"SEED={seed} KILLS={kills}: {len(blows)} blows", flush=True)
    whole = Run()
    stack = whole.stack(
        "chaos",
        SYNTHETIC_EVENTS_PER_SECOND=str(EVENTS_PER_SECOND),
        WINDOW_LENGTH=f"{LENGTH.seconds} seconds",
        WINDOW_SLIDE=f"{SLIDE.seconds} seconds",
        WATERMARK_DELAY=f"{DELAY.seconds} seconds",
    )
    try:
        recoveries = run(stack, blows)
        calculation, lines = verdict(stack)
    except BaseException:
        Path(whole.artefacts / "chaos.txt").write_text(stack.report())
        print(stack.report(), file=sys.stderr)
        raise
    finally:
        stack.close()
        whole.close()
    report(recoveries, calculation, lines)
    return 1 if lines or calculation.doubtful or not calculation.rows else 0


if __name__ == "__main__":
    sys.exit(main())
