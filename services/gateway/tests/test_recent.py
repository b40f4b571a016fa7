"""Where a reader that comes back goes on, whatever was read again in which order."""

from collections.abc import Iterator
from heapq import merge
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make import BEGIN, micros

from gateway.live import recent as module
from gateway.live.recent import Position, Recent

BEGIN_MS = micros(BEGIN) // 1000
KINDS = {"window": "w0", "alert": "a"}

type Came = tuple[str, int]
"""A kind, and in which second it was taken in."""


def id_of(number: int, came: Came) -> str:
    kind, second = came
    return f"{BEGIN_MS + 1000 * second}-{KINDS[kind]}-{number}"


def kept(before: list[Came], later: list[Came]) -> Recent:
    """Give what was read at the start, and came after it."""
    found = Recent()
    for number, came in enumerate([*before, *later]):
        if number == len(before):
            found.put_in_order()
        kind, second = came
        found.add(id_of(number, came), BEGIN_MS + 1000 * second, kind, "IBM", b"")
    return found


def in_order(before: list[Came]) -> list[Came]:
    """Sort by time, and leave alerts in their order, also where the clock was set back."""
    newest, found = 0, []
    for kind, second in before:
        newest = max(newest, second) if kind == "alert" else newest
        found.append((kind, newest if kind == "alert" else second))
    return sorted(found, key=lambda it: it[1])


CAME = st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(0, 60)), max_size=30)


@given(CAME, CAME, st.integers(0, 70))
def test_an_id_that_is_not_there_gives_all_since_a_little_before_it(
    before: list[Came], later: list[Came], second: int
) -> None:
    order = [*in_order(before), *later] if later else [*before]
    at = next((at for at, it in enumerate(order) if it[1] >= second - 5), len(order))
    had = [kind for kind, _ in order[:at]]
    found = kept(before, later).after(f"{BEGIN_MS + 1000 * second}-w9-0")
    assert found == Position(had.count("window"), had.count("alert"))


def test_after_a_restart_a_reader_is_found_without_a_look_at_the_whole_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at = 0

    def counted(*parts: Iterator[Any], key: Any) -> Iterator[Any]:
        nonlocal looked_at
        for it in merge(*parts, key=key):
            looked_at += 1
            yield it

    came = [("window", second) for second in range(3000)]
    recent = kept(came, [("window", 3000)])
    monkeypatch.setattr(module, "merge", counted)
    assert recent.after(id_of(2990, came[2990])).window == 2991
    assert looked_at < 10
