"""`make chaos`: SEED (random), KILLS of each service and of all at once (5), CHAOS_MINUTES (40).

`COMPOSE_FILE` may name overlays besides `compose.yaml`.
"""

import os
import secrets
import signal
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

from conftest import Run
from stack import Stack
from waiting import wait_for
from windows import Key

from chaos.moments import Batches
from chaos.plan import Fault, plan
from chaos.subject import subject
from chaos.verdict import doubled, judge, report

_SETTLED_S = 5
_HEALTHY_S = 400  # all overlays together, everything killed
_VERDICT_S = 180  # about what the checks after the last fault take


class Recovery(NamedTuple):
    """A fault, when it was injected (seconds from the start), and how long the recovery took."""

    fault: Fault
    at_s: float
    took_s: float


def inject(stack: Stack, batches: Batches, fault: Fault) -> float:
    """Inject it at its moment; gives the seconds until all is healthy and a new batch has ended."""
    began = _kill(stack, batches, fault) if fault.kind == "kill" else _pause(stack, batches, fault)
    stack.wait_healthy(_HEALTHY_S)
    batches.wait_for_next()
    return time.monotonic() - began


def _kill(stack: Stack, batches: Batches, fault: Fault) -> float:
    before, pids = _started_at(stack, fault), stack.main_processes(*fault.services)
    _wait_for(batches, fault)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    wait_for(
        f"{', '.join(fault.services)} started again",
        lambda: not before & _started_at(stack, fault),
        60,
    )
    return began


def _started_at(stack: Stack, fault: Fault) -> set[tuple[str, str]]:
    found = stack.containers_of(*fault.services)
    return {(it["Id"], it["State"]["StartedAt"]) for it in found}


def _pause(stack: Stack, batches: Batches, fault: Fault) -> float:
    _wait_for(batches, fault)
    stack.compose("pause", *fault.services)
    time.sleep(fault.pause_s)
    stack.compose("unpause", *fault.services)
    return time.monotonic()


def _wait_for(batches: Batches, fault: Fault) -> None:
    batches.wait_for(fault.moment)
    time.sleep(fault.after_s)


def run(stack: Stack, faults: list[Fault], until_s: float) -> tuple[list[Recovery], set[Key]]:
    """Start the stack and inject as many faults as there is time for; print a line for each.

    Gives the recoveries, and the windows that were written more than once.
    """
    stack.compose("up", "--detach", timeout_s=500)
    stack.wait_healthy(_HEALTHY_S)
    began = time.monotonic()
    batches, recoveries, twice = Batches(stack.data), [], set()
    batches.wait_for_next()
    for fault in faults:
        at_s = time.monotonic() - began
        if at_s > until_s:
            break
        recoveries.append(Recovery(fault, at_s, inject(stack, batches, fault)))
        print(f"{at_s:7.1f} s  {fault}: healthy after {recoveries[-1].took_s:.1f} s", flush=True)
        time.sleep(_SETTLED_S)
        twice |= doubled(stack.rows(merged=False))
    return recoveries, twice


def summary(recoveries: list[Recovery]) -> None:
    """Print how long the recoveries took, by kind of fault and service."""
    for kind, target in sorted({(it.fault.kind, it.fault.target) for it in recoveries}):
        of_it = [it for it in recoveries if (it.fault.kind, it.fault.target) == (kind, target)]
        took = sorted(it.took_s for it in of_it)
        moments = ", ".join(sorted({it.fault.moment for it in of_it}))
        print(
            f"{kind} {target}: {len(took)} times ({moments}),"
            f" median {statistics.median(took):.1f} s, longest {took[-1]:.1f} s"
        )


def main() -> int:
    """Run it; gives 1 if a window is wrong."""
    seed = int(os.environ.get("SEED") or secrets.randbelow(10**6))
    kills = int(os.environ.get("KILLS") or 5)
    minutes = float(os.environ.get("CHAOS_MINUTES") or 40)
    whole = Run()
    stack = subject(whole, "chaos")
    try:
        faults = plan(seed, kills, stack.long_running())
        settings = f"SEED={seed} KILLS={kills} CHAOS_MINUTES={minutes:g}"
        print(f"{settings}: {len(faults)} faults", flush=True)
        recoveries, twice = run(stack, faults, minutes * 60 - _VERDICT_S)
        verdict = judge(stack, twice)
    except BaseException:
        Path(whole.artefacts / "chaos.txt").write_text(stack.report())
        print(stack.report(), file=sys.stderr)
        raise
    finally:
        stack.close()
        whole.close()
    summary(recoveries)
    report(verdict)
    return 0 if verdict.fine else 1


if __name__ == "__main__":
    sys.exit(main())
