from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(waits=st.lists(st.integers(0, 30_000), min_size=1, max_size=60))
def test_never_more_than_the_budget_in_any_24_hours(tmp_path_factory, waits):
    path = tmp_path_factory.mktemp("ledger")
    now, granted = NOON, []
    for wait in waits:
        now += timedelta(seconds=wait)
        if ledger(path).ask(now).granted:
            granted.append(now)
    for call in granted:
        assert sum(call <= other < call + DAY for other in granted) <= 3
