"""Commit, compaction and retention: what a reader finds while any operation may be the last."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from crashing import Failure
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from modelled import DAY, HOUR, MINUTE, World

FAILURES = get_args(Failure.__value__)
FAILING = st.tuples(st.integers(0, 30), st.sampled_from((None, *FAILURES)), st.integers(0, 99))


class Crashes(RuleBasedStateMachine):
    """Batches, passes, other checkpoints and time in any order, each cut off anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.place = TemporaryDirectory()
        self.patch = pytest.MonkeyPatch()
        folder = Path(self.place.name) / "disk"
        folder.mkdir()
        self.world = World(folder)
        self.world.disk.install(self.patch)

    def teardown(self) -> None:
        try:
            self.world.settle()
        finally:
            self.patch.undo()
            self.place.cleanup()

    @rule(
        count=st.integers(1, 8),
        failing=FAILING,
        pass_at=st.none() | st.integers(0, 15),
        hours=st.sampled_from([0, 0, 5]),
    )
    def write(self, count, failing, pass_at, hours) -> None:
        if pass_at is not None:
            self.world.disk.meanwhile(pass_at, lambda: self._jump_and_maintain(hours))
        self._try(lambda: self.world.write(count), failing)

    def _jump_and_maintain(self, hours: int) -> None:
        """Run a pass to which what is being written is as old as it ever may be."""
        self.world.set_clock(hours * HOUR)
        self.world.maintain()

    @rule(failing=FAILING, batch_at=st.none() | st.integers(0, 40))
    def maintain(self, failing, batch_at) -> None:
        self.world.list_files()
        if batch_at is not None:
            self.world.disk.meanwhile(batch_at, lambda: self.world.write(2))
        self._try(self.world.maintain, failing)

    @rule()
    def maintain_undisturbed(self) -> None:
        self.world.list_files()
        self.world.maintain_undisturbed()

    @rule(failing=FAILING)
    def take_over(self, failing) -> None:
        self.world.start()
        self._try(self.world.take_over, failing)

    @rule(failing=FAILING)
    def lose_checkpoint(self, failing) -> None:
        self.world.start()
        if not self._try(self.world.lose_checkpoint, failing):
            self.world.lose_checkpoint()

    def _try(self, do, failing) -> bool:
        """Do something on a disk that may fail after so many operations."""
        operations, failure, seed = failing
        if failure:
            self.world.disk.fail(operations, failure)
        done = self.world.running(do, seed)
        self.world.disk.calm()
        return done

    @rule(seconds=st.sampled_from([1, MINUTE, 299, 600, HOUR, 5 * HOUR, DAY]))
    def wait(self, seconds) -> None:
        self.world.wait(seconds)

    @rule(hours=st.sampled_from([-5, -1, 1, 5]))
    def set_clock(self, hours) -> None:
        self.world.set_clock(hours * HOUR)

    @invariant()
    def look(self) -> None:
        self.world.look()


TestCrashes = Crashes.TestCase
TestCrashes.settings = settings(stateful_step_count=20)
LONG = settings.get_current_profile_name() == "long"


def story(world: World) -> list[Callable[[], object]]:
    """Give what happens in some days: batches across a midnight, merges, other queries, expiry."""

    return [
        lambda: world.write(3),
        lambda: world.write(3),
        lambda: world.write(2),
        lambda: world.wait(2 * HOUR),
        world.list_files,
        world.maintain,
        lambda: world.wait(299),
        world.maintain,
        lambda: world.wait(1),
        world.maintain,
        world.take_over,
        lambda: world.write(2),
        world.lose_checkpoint,
        lambda: world.write(1),
        lambda: world.wait(2 * DAY + HOUR),
        world.maintain,
        world.maintain,
        lambda: world.write(1),
    ]


@pytest.mark.parametrize("failure", FAILURES)
def test_whichever_operation_fails_all_is_well_after_it(tmp_path, failure):
    # Every operation fails in one way; in a long run in each.
    first, step = (0, 1) if LONG else (FAILURES.index(failure), len(FAILURES))
    operations, last = first, first + 1
    while operations < last:
        with pytest.MonkeyPatch.context() as patch:
            folder = tmp_path / str(operations)
            folder.mkdir()
            world = World(folder)
            world.disk.install(patch)
            world.disk.fail(operations, failure)
            for doing in story(world):
                while not world.running(doing, seed=operations):
                    pass
                world.look()
            last = world.disk.operations
            world.disk.calm()
            world.settle()
        operations += step
    assert last > 100  # the story is not cut short
