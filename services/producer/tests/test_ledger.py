import json
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.alpha_vantage import ledger as module
from producer.feeds.alpha_vantage.ledger import DAY, Ledger

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def ledger(path, calls=3):
    return Ledger(path, "KEY", calls, SECOND)


def test_calls_are_granted_until_the_budget_is_used_and_again_after_24_hours(tmp_path):
    granted = [ledger(tmp_path).ask(NOON + n * SECOND).granted for n in range(4)]
    assert granted == [True, True, True, False]
    assert ledger(tmp_path).ask(NOON + 9 * SECOND).next_at == NOON + DAY
    assert ledger(tmp_path).ask(NOON + DAY - SECOND).granted is False
    assert ledger(tmp_path).ask(NOON + DAY + SECOND).granted is True


def test_no_call_comes_sooner_than_the_gap(tmp_path):
    assert ledger(tmp_path).ask(NOON).granted
    early = ledger(tmp_path).ask(NOON + timedelta(milliseconds=900))
    assert not early.granted
    assert early.next_at == NOON + SECOND


def test_what_the_provider_says_is_used_up_stays_so_over_a_restart(tmp_path):
    ledger(tmp_path).ask(NOON)
    ledger(tmp_path).exhausted(NOON + SECOND)
    assert not ledger(tmp_path).ask(NOON + timedelta(hours=23)).granted
    assert ledger(tmp_path).ask(NOON + DAY + SECOND).granted


def test_what_was_said_of_a_smaller_plan_does_not_bind_a_larger_one(tmp_path):
    ledger(tmp_path, 3).ask(NOON)
    ledger(tmp_path, 3).exhausted(NOON + SECOND)
    assert not ledger(tmp_path, 3).ask(NOON + 9 * SECOND).granted
    assert ledger(tmp_path, 500).ask(NOON + 9 * SECOND).granted


def test_why_no_call_is_granted_is_told(tmp_path):
    def why(calls, *, exhausted=False, damaged=False):
        for path in tmp_path.iterdir():
            path.unlink()
        for call in calls:
            ledger(tmp_path).ask(call)
        if exhausted:
            ledger(tmp_path).exhausted(NOON)
        if damaged:
            next(tmp_path.glob("*.json")).write_text("{")
        grant = ledger(tmp_path).ask(NOON)
        assert not grant.granted
        return grant.why

    assert not why([NOON])  # it is the gap
    assert why([NOON + n * SECOND for n in range(-3, 0)]) == "3 calls in 24 hours are used up"
    assert why([], exhausted=True) == "the provider said that the calls of a day are used up"
    assert why([NOON], damaged=True).startswith("how many calls are left is not known")
    in_ten_hours = NOON + timedelta(hours=10)
    assert why([in_ten_hours]) == "the last call in the ledger is of 2026-01-02T22:00:00.000000Z"
    assert why([NOON + 900 * DAY]) == "the ledger has calls in the future: none for a day"


def test_a_clock_set_back_gives_no_further_calls(tmp_path):
    for n in range(3):
        ledger(tmp_path).ask(NOON + n * SECOND)
    assert not ledger(tmp_path).ask(NOON - timedelta(hours=5)).granted


def test_a_clock_that_was_years_ahead_blocks_for_a_day_at_most(tmp_path):
    ledger(tmp_path).ask(NOON + 900 * DAY)
    ledger(tmp_path).exhausted(NOON + 900 * DAY)
    grant = ledger(tmp_path).ask(NOON)
    assert not grant.granted
    assert grant.next_at <= NOON + DAY
    assert ledger(tmp_path).ask(NOON + DAY + SECOND).granted


def test_a_clock_that_is_years_behind_for_a_while_forgets_no_call(tmp_path):
    for n in range(2):
        assert ledger(tmp_path).ask(NOON + n * SECOND).granted
    for n in range(3):
        grant = ledger(tmp_path).ask(NOON - 900 * DAY + n * SECOND)
        assert (grant.granted, grant.used, grant.next_at) == (False, 3, NOON - 899 * DAY)
    assert [ledger(tmp_path).ask(NOON + n * SECOND).granted for n in (5, 7)] == [True, False]


def test_each_key_has_its_own_and_stands_nowhere(tmp_path):
    ledger(tmp_path).ask(NOON)
    Ledger(tmp_path, "OTHER-KEY", 3, SECOND).ask(NOON)
    files = sorted(path.name for path in tmp_path.glob("*.json"))
    assert len(files) == 2
    for path in tmp_path.iterdir():
        assert "KEY" not in path.name + path.read_text()


def test_a_ledger_that_cannot_be_kept_grants_nothing(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        ledger(tmp_path / "missing").ask(NOON)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b'{"calls": ["yesterday"]}',
        b'{"calls": ["\xff"]}',
        b'{"calls": ["2026-01-02T12:00:00"]}',
    ],
)
def test_a_ledger_that_is_damaged_is_set_aside_and_grants_nothing_for_a_day(tmp_path, content):
    ledger(tmp_path).ask(NOON)
    (path,) = tmp_path.glob("*.json")
    path.write_bytes(content)
    grant = ledger(tmp_path).ask(NOON + SECOND)
    assert (grant.granted, grant.used, grant.next_at) == (False, 3, NOON + SECOND + DAY)
    assert not ledger(tmp_path).ask(NOON + DAY).granted
    assert ledger(tmp_path).ask(NOON + DAY + 2 * SECOND).granted
    aside = path.with_suffix(".set-aside-20260102T120001.000000Z")
    assert aside.read_bytes() == content


def test_a_large_plan_is_counted_by_the_minute_also_one_that_was_kept_call_by_call(tmp_path):
    large = Ledger(tmp_path, "KEY", 50_002, SECOND)
    large.ask(NOON)
    (path,) = tmp_path.glob("*.json")
    calls = [(NOON + n * SECOND).isoformat() for n in range(50_000)]
    path.write_text(json.dumps({"calls": calls}))
    grants = [large.ask(NOON + n * SECOND) for n in range(50_000, 50_003)]
    assert [(it.granted, it.used) for it in grants] == [
        (True, 50_001),
        (True, 50_002),
        (False, 50_002),
    ]
    assert path.stat().st_size < 100_000
    after = NOON + timedelta(minutes=1) + DAY  # when the first minute is over
    assert grants[-1].next_at == after
    assert not large.ask(after - SECOND).granted
    grant = large.ask(after)
    assert (grant.granted, grant.used) == (True, 50_002 - 60 + 1)


def test_calls_that_were_counted_by_the_minute_count_in_a_smaller_plan_too(tmp_path):
    for n in range(3):
        assert Ledger(tmp_path, "KEY", 100_000, SECOND).ask(NOON + n * SECOND).granted
    grant = ledger(tmp_path, 3).ask(NOON + 9 * SECOND)
    assert (grant.granted, grant.used) == (False, 3)
    assert grant.next_at == NOON + 2 * SECOND + DAY  # the last of them counts to the second


@pytest.mark.parametrize("one_by_one", [0, 1000])
@given(waits=st.lists(st.integers(0, 30_000), min_size=1, max_size=60))
def test_never_more_than_the_budget_in_any_24_hours(tmp_path_factory, one_by_one, waits):
    path = tmp_path_factory.mktemp("ledger")
    now, granted = NOON, []
    with mock.patch.object(module, "_MOST_ONE_BY_ONE", one_by_one):
        for wait in waits:
            now += timedelta(seconds=wait)
            if ledger(path).ask(now).granted:
                granted.append(now)
    for call in granted:
        assert sum(call <= other < call + DAY for other in granted) <= 3
