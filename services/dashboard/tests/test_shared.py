import gc
import weakref
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.models.statuses import Statuses
from dashboard.screens.look import Look
from dashboard.screens.shared import once
from dashboard.store import Snapshot


class Figure:
    """Something that can be seen to be gone."""


@pytest.fixture
def look(tmp_path):
    def of(version):
        return Look(Snapshot(version=version), Statuses(), datetime.now(UTC), tmp_path)

    return of


def test_what_was_made_of_a_snapshot_is_given_again(look):
    first = once(look(1), "figure", Figure)
    assert once(look(1), "figure", Figure) is first
    assert once(look(1), "another", Figure) is not first


def test_what_was_made_of_an_older_snapshot_is_let_go_of(look):
    gone = weakref.ref(once(look(1), "figure", Figure))
    newer = once(look(2), "figure", Figure)
    gc.collect()
    assert gone() is None
    late = weakref.ref(once(look(1), "figure", Figure))
    gc.collect()
    assert late() is None
    assert once(look(2), "figure", Figure) is newer


def test_folders_do_not_share(look):
    elsewhere = Look(Snapshot(version=2), Statuses(), datetime.now(UTC), Path("elsewhere"))
    first = once(look(1), "figure", Figure)
    once(elsewhere, "figure", Figure)
    assert once(look(1), "figure", Figure) is first


def test_of_one_snapshot_it_keeps_the_newest_only(look):
    first = weakref.ref(once(look(1), 0, Figure))
    for at in range(1, 50):
        once(look(1), at, Figure)
    gc.collect()
    assert first() is None
