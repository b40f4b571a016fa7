"""A thousand readers of the gateway's stream, of whom a hundred never read, on a running stack."""

import json
import subprocess
import time

import gateway_reader as gateway
import pytest
from stack import CHECKOUT
from waiting import wait_for

READERS, STUCK = 1000, 100
SYMBOLS = ",".join(f"S{number:03}" for number in range(200))

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("readers", SYMBOLS=SYMBOLS, SYNTHETIC_EVENTS_PER_SECOND="1000")
    stack.up("producer", "gateway")
    return stack


def metric(stack, name):
    _, metrics = gateway.get(stack.gateway_port, "/metrics")
    lines = (it.split() for it in metrics.decode().splitlines())
    return next(float(line[1]) for line in lines if line[0] == name)


def test_a_hundred_of_a_thousand_readers_that_never_read_hold_up_no_price_and_take_bounded_memory(
    stack,
):
    container = stack.container("gateway")
    command = [
        # In the gateway's own network: a proxy between would take in what a stuck reader does not.
        *("docker", "run", "--rm", "--network", f"container:{container['Id']}"),
        *("--ulimit", "nofile=8192", "--volume", f"{CHECKOUT}/bench/gateway:/bench:ro"),
        *("--entrypoint", "python", container["Config"]["Image"], "/bench/readers.py"),
        *("8502", SYMBOLS, "--readers", f"{READERS}", "--stuck", f"{STUCK}", "--stuck-on-all"),
        *("--seconds", "30"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        wait_for("all readers", lambda: metric(stack, "gateway_readers") == READERS, 30)
        time.sleep(10)  # by now all buffers of those that are stuck are full
        before, before_mib = skipped(stack), stack.memory_mib("gateway")
        began = time.monotonic()
        time.sleep(10)
        after, after_mib = skipped(stack), stack.memory_mib("gateway")
        passed_s = time.monotonic() - began
        figures, _ = running.communicate(timeout=60)
    # Each that is stuck is too slow for each of four rounds a second.
    assert after - before > 0.5 * STUCK * 4 * passed_s
    assert after_mib - before_mib < 20
    assert after_mib < 300
    found = json.loads(figures)
    # 7,200 where each of four rounds a second has a trade and an open window for each reader.
    assert found["messages_per_second"] > 5000
    assert found["p99_s"] < 1


def skipped(stack):
    return metric(stack, "gateway_rounds_skipped_total")
