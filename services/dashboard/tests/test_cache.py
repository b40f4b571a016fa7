"""What is made once is the same for all, as long as all that it is made of is the same."""

import gc
import weakref
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.location import Location
from dashboard.page_data import PageData
from dashboard.screens.cache import once
from dashboard.store import Snapshot
from dashboard.store.statuses import Statuses


class Figure:
    """Something that can be seen to be gone."""

    def __init__(self, *of):
        self.of = of


def page_data(version, folder):
    return PageData(Snapshot(version=version), Statuses(), datetime.now(UTC), folder, Location())


@pytest.fixture
def data(tmp_path):
    return lambda version: page_data(version, tmp_path)


def another(*of):
    return Figure(*of)


def test_what_was_made_of_a_snapshot_is_given_again(data):
    first = once(data(1), Figure, "IBM", 1)
    assert once(data(1), Figure, "IBM", 1) is first


@pytest.mark.parametrize(
    ("make", "given"), [(Figure, ("IBM", 2)), (Figure, ("IBM",)), (another, ("IBM", 1))]
)
def test_another_argument_or_function_makes_another(data, make, given):
    assert once(data(1), make, *given) is not once(data(1), Figure, "IBM", 1)
    assert once(data(1), make, *given).of == given


def test_a_function_that_knows_more_than_its_arguments_is_refused(data):
    beyond = "statuses"

    def closure():
        return beyond

    with pytest.raises(TypeError, match="more than its arguments"):
        once(data(1), closure)


def test_what_cannot_be_part_of_the_key_is_refused(data):
    with pytest.raises(TypeError, match="unhashable"):
        once(data(1), Figure, ["IBM"])


def test_what_was_made_of_an_older_snapshot_is_let_go_of(data):
    gone = weakref.ref(once(data(1), Figure))
    newer = once(data(2), Figure)
    gc.collect()
    assert gone() is None
    late = weakref.ref(once(data(1), Figure))
    gc.collect()
    assert late() is None
    assert once(data(2), Figure) is newer


def test_folders_do_not_share(data):
    elsewhere = page_data(2, Path("elsewhere"))
    first = once(data(1), Figure)
    assert once(elsewhere, Figure) is not first
    assert once(data(1), Figure) is first


def test_of_one_snapshot_it_keeps_the_newest_only(data):
    first = weakref.ref(once(data(1), Figure, 0))
    for at in range(1, 50):
        once(data(1), Figure, at)
    gc.collect()
    assert first() is None
