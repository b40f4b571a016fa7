from itertools import islice

from contracts.clock import growing_waits


def test_waits_grow_to_the_longest_and_are_never_the_same_for_two() -> None:
    waits = list(islice(growing_waits(1, 60), 10))
    bounds = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, bounds, strict=True))
    assert waits != list(islice(growing_waits(1, 60), 10))
