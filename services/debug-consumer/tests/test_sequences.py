import pytest
from hypothesis import given
from hypothesis import strategies as st

from debug_consumer.sequences import Position, Sequences, positions

WHOLE = Position(start=0, behind=False)


def report(numbers, where=None, max_spans=100):
    """Numbers as (partition, number), or bare ones of partition 0."""
    sequences = Sequences(max_spans)
    for entry in numbers:
        partition, number = entry if isinstance(entry, tuple) else (0, entry)
        sequences.add(f"a1-{number}", partition)
    [run] = sequences.report(where or {0: WHOLE})
    return run


def test_a_run_without_a_gap() -> None:
    run = report(range(10))
    assert (run.first, run.last, run.records) == (0, 9, 10)
    assert (run.missing, run.repeated, run.undecided) == ([], 0, 0)


def test_a_start_in_the_middle_is_no_gap() -> None:
    assert report([500, 501, 502]).missing == []


def test_gaps_are_told_as_spans() -> None:
    run = report([0, 1, 4, 5, 9])
    assert run.missing == [(2, 3), (6, 8)]
    assert run.missing_count == 5


def test_repeats_are_counted_and_do_not_fill_gaps() -> None:
    run = report([0, 1, 1, 0, 3, 3])
    assert run.repeated == 3
    assert run.missing == [(2, 2)]


def test_what_comes_late_fills_its_gap() -> None:
    assert report([0, 2, 4, 3, 1]).missing == []


def test_leading_zeros_are_the_same_number() -> None:
    sequences = Sequences()
    sequences.add("a1-7", 0)
    sequences.add("a1-007", 0)
    assert sequences.report({0: WHOLE})[0].repeated == 1


def test_runs_are_told_apart() -> None:
    sequences = Sequences()
    for event_id in ("a-0", "b-5", "a-1", "b-7"):
        sequences.add(event_id, 0)
    first, second = sequences.report({0: WHOLE})
    assert (first.run, first.missing) == ("a", [])
    assert (second.run, second.missing) == ("b", [(6, 6)])


def test_a_partition_that_was_not_read_to_its_end_leaves_what_may_wait_there_undecided() -> None:
    where = {0: WHOLE, 1: Position(start=0, behind=True)}
    run = report([(0, 0), (1, 1), (0, 3), (1, 4), (0, 6), (0, 8)], where)
    assert run.missing == [(2, 2)]
    assert run.undecided == 2  # 5 and 7


def test_a_partition_with_nothing_of_the_run_so_far_leaves_all_undecided() -> None:
    run = report([0, 2, 4], {0: WHOLE, 1: Position(start=0, behind=True)})
    assert (run.missing, run.undecided) == ([], 2)


def test_a_partition_with_nothing_of_the_run_at_all_does_not_matter() -> None:
    assert report([0, 2], {0: WHOLE, 1: WHOLE}).missing == [(1, 1)]


def test_a_partition_begun_in_the_middle_may_have_held_what_came_before() -> None:
    middle = Position(start=40, behind=False)
    run = report([(0, 10), (0, 12), (1, 15), (0, 17)], {0: middle, 1: middle})
    assert run.missing == [(16, 16)]
    assert run.undecided == 3  # 11, 13, 14: may lie before the start of partition 1


def test_a_partition_begun_in_the_middle_may_have_held_all_that_it_had_of_a_run() -> None:
    run = report([0, 2, 4], {0: WHOLE, 1: Position(start=40, behind=False)})
    assert (run.missing, run.undecided) == ([], 2)


def test_more_spans_than_allowed_are_not_followed() -> None:
    sequences = Sequences(max_spans=2)
    for number in (0, 2, 4, 6, 1, 3):
        sequences.add(f"a1-{number}", 0)
    [run] = sequences.report({0: WHOLE})
    assert sequences.overflowed
    assert (run.first, run.last, run.missing) == (0, 3, [])


def test_more_runs_than_allowed_are_not_followed() -> None:
    sequences = Sequences(max_spans=2)
    for run in "abc":
        sequences.add(f"{run}-0", 0)
    assert sequences.overflowed
    assert [run.run for run in sequences.report({0: WHOLE})] == ["a", "b"]


def test_a_run_id_without_measure_is_not_kept() -> None:
    sequences = Sequences()
    sequences.add("a" * 60_000 + "-1", 0)
    assert sequences.overflowed
    assert sequences.report({0: WHOLE}) == []


@pytest.mark.parametrize(
    ("read_to", "ends", "behind"),
    [({0: 9}, {0: 9}, False), ({0: 8}, {0: 9}, True), ({}, {0: 5}, False), ({0: 9}, None, True)],
)
def test_a_partition_is_behind_while_it_may_hold_more(read_to, ends, behind) -> None:
    assert positions({0: 5}, read_to, ends) == {0: Position(start=5, behind=behind)}


@st.composite
def topics(draw: st.DrawFn):
    """A run of numbers spread over partitions, some lost, each partition read for a stretch."""
    partitions = draw(st.integers(1, 4))
    count = draw(st.integers(1, 40))
    lost = draw(st.sets(st.integers(0, count - 1), max_size=5))
    logs = {partition: [] for partition in range(partitions)}
    for number in range(count):
        partition = draw(st.integers(0, partitions - 1))
        if number not in lost:
            logs[partition].append(number)
    stretches = {}
    for partition, log in logs.items():
        begin = draw(st.sampled_from([0, 0, draw(st.integers(0, len(log)))]))
        stretches[partition] = (begin, draw(st.integers(begin, len(log))))
    return lost, logs, stretches


@given(topics())
def test_only_what_is_lost_is_reported_and_all_of_it_once_all_was_read(topic) -> None:
    lost, logs, stretches = topic
    sequences = Sequences()
    seen = [
        (partition, number)
        for partition, (begin, end) in stretches.items()
        for number in logs[partition][begin:end]
    ]
    for partition, number in seen:
        sequences.add(f"r-{number}", partition)
    where = {
        partition: Position(start=begin, behind=end < len(logs[partition]))
        for partition, (begin, end) in stretches.items()
    }
    whole = all(span == (0, len(logs[partition])) for partition, span in stretches.items())
    for run in sequences.report(where):
        missing = {number for first, last in run.missing for number in range(first, last + 1)}
        assert missing <= lost
        if whole:
            assert missing == {number for number in lost if run.first < number < run.last}
