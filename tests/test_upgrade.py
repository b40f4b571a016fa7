"""A stack of an older version is upgraded under load: its files are replaced, then `up`.

Nothing is stopped, wiped or moved by hand for it. The way back is that of `docs/operations.md`:
copies that were made before are put in place.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import dataset
import pytest
from acknowledged import Counts, faults, watched
from chaos.verdict import doubled, settled
from notes import Note, expected, read_note
from stack import CHECKOUT, LONG_RUNNING, SHORT_WINDOWS, Stack, copy_checkout, remove_images
from topic import Message
from waiting import wait_for
from windows import Calculation, assert_none

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]

RATE = 200
GOES_ON_S = 400
SPOILT = b"no event"
OLDER = "972d306"
"""A version with another layout of the state, without gateway and without the column `vwap`."""
VOLUMES = "kafka-data", "zookeeper-data", "zookeeper-log"
COPY = 'find "$1" -mindepth 1 -delete && cp --archive "$0/." "$1"'


def git(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=check)


class Versions:
    """A stack that changes its version as a person does it: other files, then `up`."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._tag = stack.environment["IMAGE_TAG"]
        self.older_tag = f"{self._tag}-{OLDER}"

    def older(self) -> None:
        """Put the files of the older version in place."""
        self._clear()
        archive = git("archive", OLDER).stdout
        subprocess.run(["tar", "-x"], cwd=self.stack.folder, input=archive, check=True)
        self.stack.environment["IMAGE_TAG"] = self.older_tag

    def this(self) -> None:
        """Put the files of the checkout in place."""
        self._clear()
        copy_checkout(self.stack.folder)
        self.stack.environment["IMAGE_TAG"] = self._tag

    def _clear(self) -> None:
        for path in self.stack.folder.iterdir():
            if path.name not in {".env", "volumes"}:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture(scope="module")
def versions(new_stack: Callable[..., Stack]) -> Iterator[Versions]:
    """Give a stack of the older version, built from its own files; it does not run yet."""
    found = git("cat-file", "-e", f"{OLDER}^{{commit}}", check=False)
    assert found.returncode == 0, f"{OLDER} is missing: the checkout has not the whole history"
    stack = new_stack(
        "upgrade",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND=str(RATE),
    )
    versions = Versions(stack)
    versions.older()
    try:
        # Its making of the class archive may abort, which 0299b4a mended.
        builds = (stack.compose("build", check=False, timeout_s=1800) for _ in range(3))
        assert any(it.returncode == 0 for it in builds)
        yield versions
    finally:
        stack.close()
        remove_images(versions.older_tag)


def spoil(stack: Stack) -> None:
    """Publish records that are refused, and wait until the job has told of them."""
    stack.produce(Message(SPOILT) for _ in range(20))

    def told() -> bool:
        return stack.status("spark-job")["details"]["refused"] == {"not_json": 20}

    wait_for("records that are refused", told, 30)


def copy(stack: Stack, copies: Path, *, back: bool = False) -> None:
    """Copy what a stack that is down keeps, or put such copies in place."""
    places = {"data": str(stack.data)}
    places |= {name: f"{stack.project}_{name}" for name in VOLUMES}
    for name, place in places.items():
        (copies / name).mkdir(parents=True, exist_ok=True)
        stack.shell(
            "docker", "run", "--rm", "--user", "0", "--network", "none", "--entrypoint", "sh",
            "--volume", f"{place}:/{'to' if back else 'from'}",
            "--volume", f"{copies / name}:/{'from' if back else 'to'}",
            f"market-data/producer:{stack.environment['IMAGE_TAG']}", "-c", COPY, "/from", "/to",
        )  # fmt: skip


class Upgraded(NamedTuple):
    """A stack that has become this version: copies of before, and what was so meanwhile."""

    versions: Versions
    copies: Path
    acknowledged: Counts
    windows_until_us: int
    took_s: float


@pytest.fixture(scope="module")
def upgraded(versions: Versions) -> Upgraded:
    stack = versions.stack
    copies = stack.folder.parent / "upgrade-copies"
    with watched(stack.data / "status" / "producer.json") as acknowledged:
        stack.up()
        stack.windows_go_on(GOES_ON_S)
        spoil(stack)
        stack.compose("down")
        copy(stack, copies)
        stack.up()
        stack.windows_go_on(GOES_ON_S)
        time.sleep(20)
        until_us = max(row["window_end"] for row in stack.rows())
        began = time.monotonic()
        versions.this()
        stack.up()
        stack.windows_go_on(GOES_ON_S)
        took_s = time.monotonic() - began
        time.sleep(20)
        stack.compose("stop", "producer")
    return Upgraded(versions, copies, acknowledged, until_us, took_s)


def differences(stack: Stack, calculation: Calculation) -> list[str]:
    """Compare, but for the columns that the older version does not write."""
    lines, _ = settled(stack, calculation)
    assert doubled(stack.rows(merged=False)) == set()
    return [it for it in lines if not any(f": {name} is None" in it for name in dataset.LATER)]


def test_under_load_no_record_and_no_window_is_lost_or_doubled(upgraded, record_property):
    stack = upgraded.versions.stack
    record_property("from the files to the next window, s", round(upgraded.took_s, 1))
    assert len(upgraded.acknowledged) == 3  # two runs of the older version, one of this
    events = [it for it in stack.records() if it.value != SPOILT]
    assert faults(events, upgraded.acknowledged) == []
    # They are read again, and refused no second time.
    assert stack.status("spark-job")["details"]["refused"] == {}
    told = stack.status("spark-job")["details"]["notices"]
    assert [it for it in told if "the layout of the state" in it], told
    notes = [Note(stack.duration("WINDOW_LENGTH"), 0), read_note(stack)]
    assert notes[-1].after_us >= upgraded.windows_until_us
    calculation = wait_for("windows", lambda: expected(stack, notes), 60)
    assert len(calculation.rows) > 100
    assert_none(differences(stack, calculation))
    new = [row for row in stack.rows() if row["window_end"] > notes[-1].after_us]
    assert new
    assert all(row["vwap"] for row in new)
    assert calculation.doubtful == set()
    restarts = stack.restarts()
    assert {restarts[it] for it in LONG_RUNNING} == {0}


def test_with_the_copies_of_before_the_older_version_goes_on_where_it_was(upgraded):
    stack = upgraded.versions.stack
    stack.compose("down")
    upgraded.versions.older()
    copy(stack, upgraded.copies, back=True)
    stack.compose("up", "--detach", "--wait", "--wait-timeout", "200")
    stack.windows_go_on(GOES_ON_S)
    assert stack.status("spark-job")["details"]["notices"] == []
    stack.compose("stop", "producer")
    calculation = stack.expected()
    assert len(calculation.rows) > 50
    assert_none(differences(stack, calculation))
