"""The restart of Docker itself, in two steps, as these tests run in it (`scripts/chaos-engine.sh`).

``begin`` starts a stack and leaves it running; ``end`` checks it after the restart, and removes it.
"""

import pickle
import sys
import time

import stack as stacks
from conftest import Run
from stack import CHECKOUT, LONG_RUNNING, Stack

from chaos.moments import Batches
from chaos.subject import subject
from chaos.verdict import judge, report

_LEFT = CHECKOUT / ".test-runs" / "engine.pickle"
_RUNS_S = 30


def begin() -> int:
    """Start a stack, and let it run for a while."""
    run = Run()
    stack = subject(run, "engine")
    _LEFT.write_bytes(pickle.dumps((run, stack)))
    stack.up()
    time.sleep(_RUNS_S)
    return 0


def end() -> int:
    """Wait until all is healthy, and compare; gives 1 if a window is wrong."""
    run: Run
    stack: Stack
    run, stack = pickle.loads(_LEFT.read_bytes())
    stacks.live.append(stack)
    began = time.monotonic()
    try:
        stack.wait_healthy()
        Batches(stack.data).wait_for_next()
        print(f"healthy {time.monotonic() - began:.0f} s after the engine was", flush=True)
        assert stack.containers().keys() >= LONG_RUNNING
        time.sleep(_RUNS_S)
        verdict = judge(stack)
    except BaseException:
        print(stack.report(), file=sys.stderr)
        raise
    finally:
        stack.close()
        run.close()
        _LEFT.unlink()
    report(verdict)
    return 0 if verdict.fine else 1


if __name__ == "__main__":
    sys.exit({"begin": begin, "end": end}[sys.argv[1]]())
