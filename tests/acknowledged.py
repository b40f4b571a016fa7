"""Which records producers report as acknowledged, noted outside of them, and whether that is true.

A producer's status file counts its acknowledged records under its run id, about once a second.
With one partition it sends in the order of its sequence, so that a count says which events it had
acknowledged: those from 0 on. A watcher reads the file from the host and keeps the largest count
of each run, whatever happens to the producer after it.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from events import Record, sequences
from stack import Stack
from waiting import wait_for

_EVERY_S = 0.05
_MORE = 2000

type Counts = dict[str, int]
"""Acknowledged records, heartbeats too, by run id."""


@contextmanager
def watched(status_file: Path) -> Iterator[Counts]:
    """Note what is acknowledged while the block runs."""
    counts: Counts = {}
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            note(status_file, counts)
            time.sleep(_EVERY_S)
        note(status_file, counts)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield counts
    finally:
        over.set()
        thread.join()


def note(status_file: Path, counts: Counts) -> None:
    """Keep what the file says now."""
    try:
        details = json.loads(status_file.read_bytes())["details"]
    except FileNotFoundError:
        return
    count = details["published"] + details["heartbeats"]
    counts[details["run_id"]] = max(count, counts.get(details["run_id"], 0))


def faults(records: Iterable[Record], counts: Counts) -> list[str]:
    """Say what is wrong with a topic of one partition; nothing, where all is as promised.

    Each run's sequence must count up by one from 0, each number once and in order, and hold at
    least what was acknowledged; no run may be there that nobody started.
    """
    found = sequences(records)
    lines = [f"run {run} is nobody's" for run in found.keys() - counts.keys()]
    for run, sequence in found.items():
        wrong = next((at for at, number in enumerate(sequence) if at != number), None)
        if wrong is not None:
            lines.append(f"run {run}: {sequence[wrong]} at place {wrong}")
    for run, count in counts.items():
        held = len(found.get(run, ()))
        if held < count:
            lines.append(f"run {run}: {count} acknowledged, {held} in the topic")
    return lines


def published(stack: Stack) -> int:
    """Tell how many quotes the producer's run has had acknowledged."""
    count: int = stack.status("producer").get("details", {}).get("published", 0)
    return count


def wait_for_more(stack: Stack) -> None:
    """Wait until the run that is on now has more acknowledged."""
    enough = published(stack) + _MORE
    wait_for("more events", lambda: published(stack) >= enough, 60, 0.1)


def wait_for_run(stack: Stack) -> None:
    """Wait for the producer's next run, and until some of it is acknowledged."""
    run = stack.status("producer")["details"]["run_id"]
    wait_for(
        "another run with events",
        lambda: stack.status("producer")["details"]["run_id"] != run and published(stack) > 0,
        60,
        0.1,
    )
