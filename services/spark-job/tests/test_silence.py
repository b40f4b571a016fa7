"""Which partitions are silent."""

from spark_job.reading.silence import Silence


def seen(*looks: tuple[float, dict[int, int]]) -> list[set[int]]:
    silence = Silence()
    return [silence.see(now_s, ends) for now_s, ends in looks]


def test_a_partition_is_silent_once_nothing_has_come_for_half_a_minute():
    looks = [(now_s, {0: int(now_s), 1: 7}) for now_s in range(100, 140, 10)]
    assert seen(*looks) == [set(), set(), set(), {1}]


def test_it_is_so_until_something_comes():
    looks = [(0, {0: 1, 1: 7}), (31, {0: 2, 1: 7}), (32, {0: 3, 1: 8}), (62, {0: 4, 1: 8})]
    assert seen(*looks) == [set(), {1}, set(), {1}]


def test_where_nothing_comes_anywhere_all_are_silent():
    assert seen((0, {0: 5, 1: 7}), (31, {0: 5, 1: 7})) == [set(), {0, 1}]


def test_a_new_partition_has_half_a_minute_to_speak():
    looks = [(0, {0: 1}), (100, {0: 2, 1: 0}), (129, {0: 3, 1: 0}), (131, {0: 4, 1: 0})]
    assert seen(*looks) == [set(), set(), set(), {1}]


def test_what_comes_while_a_batch_takes_long_is_not_missed():
    assert seen((0, {0: 1, 1: 1}), (500, {0: 9, 1: 2})) == [set(), set()]
