"""Measure ways to publish, one after the other: ``measure.py [SECONDS] [NAME…]``.

Each runs in a process of its own against a topic of its own. Three seconds in, the measurement
begins: what counts is how many events the broker stamped in the time that follows, and how much
of the processor the process took for it. Prints a line of JSON for each.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import recorded

_WARM_UP_S = 3.0
_TICKS = os.sysconf("SC_CLK_TCK")
_FULL = {"SYNTHETIC_EVENTS_PER_SECOND": "0", "SYNTHETIC_SEED": "1", "REPLAY_SPEED": "0"}
_REPLAY = _FULL | {"FEED": "replay", "REPLAY_REPEAT": "true"}

_SYNTHETIC = _FULL | {"FEED": "synthetic"}
_CSV = _REPLAY | {"REPLAY_FILE": "recorded.csv"}
_PRODUCT = ["-m", "producer"]
_FUTURES = ["contenders.py", "futures"]

CONTENDERS = {
    "producer, synthetic": (_PRODUCT, _SYNTHETIC),
    "aiokafka, send_and_wait per event": (["contenders.py", "awaited"], _SYNTHETIC),
    "aiokafka, send with futures": (_FUTURES, _SYNTHETIC),
    "confluent-kafka": (["contenders.py", "confluent"], _SYNTHETIC),
    "producer, replay of CSV": (_PRODUCT, _CSV),
    "producer, replay of CSV in gzip": (_PRODUCT, _REPLAY | {"REPLAY_FILE": "recorded.csv.gz"}),
    "producer, replay of JSON lines": (_PRODUCT, _REPLAY | {"REPLAY_FILE": "recorded.jsonl"}),
    "producer, replay of Parquet": (_PRODUCT, _REPLAY | {"REPLAY_FILE": "recorded.parquet"}),
    "aiokafka, send with futures, replay of CSV": (_FUTURES, _CSV),
}


class Figures(NamedTuple):
    """What was measured of one: over the seconds, but for the peak, which is over all."""

    name: str
    events_per_second: int
    cpu_us_per_event: float
    peak_rss_mib: int
    ordered: bool


def measure(name: str, seconds: float) -> Figures:
    """Run one and measure it."""
    topic = f"bench-{secrets.token_hex(4)}"
    _topics("make", topic)
    child = _start(name, topic)
    time.sleep(_WARM_UP_S)
    from_s, cpu_from_s = time.time(), _cpu_s(child.pid)
    time.sleep(seconds)
    to_s, cpu_s = time.time(), _cpu_s(child.pid) - cpu_from_s
    peak = _peak_mib(child.pid)
    child.send_signal(signal.SIGTERM)
    child.wait(30)
    seen = json.loads(_topics("look", topic, str(from_s), str(to_s)))
    rate = seen["measured"] / (to_s - from_s)
    cpu_us = round(cpu_s / seen["measured"] * 1e6, 2)
    return Figures(name, round(rate), cpu_us, peak, seen["ordered"])


def _start(name: str, topic: str) -> subprocess.Popen[bytes]:
    arguments, settings = CONTENDERS[name]
    return subprocess.Popen(  # noqa: S603 - its own
        [sys.executable, *arguments],
        env=os.environ | settings | {"KAFKA_TOPIC": topic},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _topics(*arguments: str) -> str:
    # In a process of its own, so that what it needs is not taken from the memory of the others.
    command = [sys.executable, "topics.py", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return done.stdout


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def main() -> None:
    """Measure all, or those that are named."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    names = sys.argv[2:] or list(CONTENDERS)
    recorded.write(Path("/replay"))
    for name in names:
        print(json.dumps(measure(name, seconds)._asdict()), flush=True)  # noqa: T201 - its output


if __name__ == "__main__":
    main()
