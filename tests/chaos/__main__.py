"""`make chaos`: SEED (random), KILLS of each service and of all at once (5), CHAOS_MINUTES (40).

`COMPOSE_FILE` names the overlays that the stack has beside `compose.yaml`.
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

from chaos.moments import Batches
from chaos.plan import Blow, plan
from chaos.subject import subject
from chaos.verdict import judge, report

_SETTLED_S = 5
_HEALTHY_S = 400  # all overlays together, all of it killed
_VERDICT_S = 180  # about what comes after the last blow


class Recovery(NamedTuple):
    """A blow, when it fell (seconds from the start), and how long all took to be well again."""

    blow: Blow
    at_s: float
    took_s: float


def strike(stack: Stack, batches: Batches, blow: Blow) -> float:
    """Do it at its moment; gives the seconds until all is healthy and a new batch has ended."""
    began = _kill(stack, batches, blow) if blow.kind == "kill" else _pause(stack, batches, blow)
    stack.wait_healthy(_HEALTHY_S)
    batches.wait_for_next()
    return time.monotonic() - began


def _kill(stack: Stack, batches: Batches, blow: Blow) -> float:
    before, pids = _started_at(stack, blow), stack.main_processes(*blow.services)
    _wait_for(batches, blow)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    wait_for(
        f"{', '.join(blow.services)} started again",
        lambda: not before & _started_at(stack, blow),
        60,
    )
    return began


def _started_at(stack: Stack, blow: Blow) -> set[tuple[str, str]]:
    found = stack.containers_of(*blow.services)
    return {(it["Id"], it["State"]["StartedAt"]) for it in found}


def _pause(stack: Stack, batches: Batches, blow: Blow) -> float:
    _wait_for(batches, blow)
    stack.compose("pause", *blow.services)
    time.sleep(blow.pause_s)
    stack.compose("unpause", *blow.services)
    return time.monotonic()


def _wait_for(batches: Batches, blow: Blow) -> None:
    batches.wait_for(blow.moment)
    time.sleep(blow.after_s)


def run(stack: Stack, blows: list[Blow], until_s: float) -> list[Recovery]:
    """Start the stack and do as much of it as there is time for, a line each."""
    stack.compose("up", "--detach", timeout_s=500)
    stack.wait_healthy(_HEALTHY_S)
    began = time.monotonic()
    batches, recoveries = Batches(stack.data), []
    batches.wait_for_next()
    for blow in blows:
        at_s = time.monotonic() - began
        if at_s > until_s:
            break
        recoveries.append(Recovery(blow, at_s, strike(stack, batches, blow)))
        print(f"{at_s:7.1f} s  {blow}: well again after {recoveries[-1].took_s:.1f} s", flush=True)
        time.sleep(_SETTLED_S)
    return recoveries


def summary(recoveries: list[Recovery]) -> None:
    """Print how long it took to be well again after what."""
    for kind, target in sorted({(it.blow.kind, it.blow.target) for it in recoveries}):
        of_it = [it for it in recoveries if (it.blow.kind, it.blow.target) == (kind, target)]
        took = sorted(it.took_s for it in of_it)
        moments = ", ".join(sorted({it.blow.moment for it in of_it}))
        print(
            f"{kind} {target}: {len(took)} times ({moments}),"
            f" median {statistics.median(took):.1f} s, longest {took[-1]:.1f} s"
        )


def main() -> int:
    """Run it; gives 1 where a window is not as it must be."""
    seed = int(os.environ.get("SEED") or secrets.randbelow(10**6))
    kills = int(os.environ.get("KILLS") or 5)
    minutes = float(os.environ.get("CHAOS_MINUTES") or 40)
    whole = Run()
    stack = subject(whole, "chaos")
    try:
        blows = plan(seed, kills, stack.long_running())
        settings = f"SEED={seed} KILLS={kills} CHAOS_MINUTES={minutes:g}"
        print(f"{settings}: {len(blows)} blows", flush=True)
        recoveries = run(stack, blows, minutes * 60 - _VERDICT_S)
        verdict = judge(stack)
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
