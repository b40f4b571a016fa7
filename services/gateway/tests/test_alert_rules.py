"""When each kind of rule triggers, worked out by hand."""

import pytest
from alert_making import engine, offsets, rule, ticked, trade, trades, window
from make import BEGIN, micros

from gateway.alerts import wording
from gateway.alerts.evaluation.engine import Engine
from gateway.alerts.evaluation.state import State
from gateway.alerts.evaluation.statuses import Statuses

OVER = rule(kind="price", over=100)


def test_a_price_over_the_threshold_triggers_once_on_its_way_up() -> None:
    given = trades([99, 100, 100.01, 101, 102])
    [alert] = engine(OVER).on_trades(given)
    assert offsets([alert], given) == [2]
    assert (alert.rule, alert.kind, alert.symbol, alert.source) == ("r", "price", "IBM", "finnhub")
    assert (alert.value, alert.threshold, alert.made_up) == (100.01, 100, False)
    assert alert.text == "r: IBM is at 100.01, over 100 (Finnhub)"


def test_a_price_that_hovers_triggers_once_until_it_was_well_back() -> None:
    given = trades([101, 99.91, 101, 99.89, 101])  # re-armed 0.1 per cent below
    assert offsets(engine(OVER).on_trades(given), given) == [0, 4]


def test_the_brokers_clock_counts_where_a_producers_is_far_from_it() -> None:
    one = engine(
        rule(kind="price", over=100, cooldown="1 hour"),
        rule(name="silent", kind="no_quotes", after="30 seconds"),
    )
    next_year = "2027-01-02T15:00:00.000000Z"
    given = [trade(101, 0, 0, ingest_time=next_year), trade(99, 3600, 1), trade(101, 3601, 2)]
    assert offsets(one.on_trades(given), given) == [0, 2]
    assert len(ticked(one, NOW_US + 3700 * SECOND_US, NOTHING, all_read=True)) == 1


def test_a_clock_that_was_set_back_keeps_no_rule_silent() -> None:
    one = engine(
        rule(kind="price", over=100, cooldown="10 minutes", max_per_hour=1),
        rule(name="silent", kind="no_quotes", after="30 seconds"),
    )
    ahead, back = [trade(101, 7200, 0), trade(99, 7201, 1)], [trade(101, 0, 2)]
    assert offsets(one.on_trades(ahead), ahead) == [0]
    [alert] = one.on_trades(back)
    assert alert.kind == "price"
    assert ticked(one, NOW_US + 10 * SECOND_US, NOTHING, all_read=True) == []  # heard of just now
    assert len(ticked(one, NOW_US + 41 * SECOND_US, NOTHING, all_read=True)) == 1


def test_a_pause_does_not_outlast_a_clock_that_was_set_back() -> None:
    one = engine(rule(kind="price", over=100, cooldown="1 second", max_per_hour=1))
    ahead = trades([101, 99, 101, 99], every_s=2)
    later = [it._replace(broker_ms=it.broker_ms + 7_200_000) for it in ahead]
    assert [it.kind for it in one.on_trades(later)] == ["price", "notice"]
    assert [it.kind for it in one.on_trades([trade(101, 10, 9)])] == ["price"]


def test_a_price_under_the_threshold_triggers() -> None:
    given = trades([101, 100, 99.99, 100.09, 99, 100.11, 99])
    [first, second] = engine(rule(kind="price", under=100)).on_trades(given)
    assert offsets([first, second], given) == [2, 6]
    assert first.text == "r: IBM is at 99.99, under 100 (Finnhub)"


def test_a_price_of_a_part_of_a_cent_is_written_with_the_digits_that_count() -> None:
    given = trades([4.2e-9, 4.1e-9])
    [alert] = engine(rule(kind="price", under=4.15e-9)).on_trades(given)
    assert alert.text == "r: IBM is at 0.0000000041, under 0.00000000415 (Finnhub)"


def test_a_figure_is_written_with_the_decimals_that_tell_it_from_its_threshold() -> None:
    one = engine(
        rule(name="a", kind="change", pct=0.004, within="1 hour"),
        rule(name="b", kind="change", pct=2, within="1 hour"),
        rule(name="c", kind="spike", max_deviation_pct=0.001),
        rule(name="d", kind="volume", factor=1.04, past="1 hour"),
    )
    small, large = one.on_trades([trade(100, 0), trade(100.0047, 1, 1), trade(102.0024, 2, 2)])
    windows = [window(60 * at) for at in range(5)]
    windows += [window(300, volume=10.42, max_deviation_pct=0.0012)]
    spike, volume = one.on_windows(windows)
    assert [it.text for it in (small, large, spike, volume)] == [
        "a: IBM rose by 0.005% within 1 hour, over 0.004% (Finnhub)",
        "b: IBM rose by 2.002% within 1 hour, over 2% (Finnhub)",
        "c: IBM went 0.0012% over the window's mean, over 0.001% (Finnhub)",
        "d: IBM has 1.042 times the volume of the last 1 hour, over 1.04 times (Finnhub)",
    ]


def test_what_comes_within_the_cooldown_triggers_after_it_if_it_is_still_so() -> None:
    given = trades([101, 99, 101, 101, 101, 99, 101], every_s=10)
    one = engine(rule(kind="price", over=100, cooldown="35 seconds"))
    assert offsets(one.on_trades(given), given) == [0, 4]


def test_a_change_within_the_time_triggers_either_way_once_it_was_calm_between() -> None:
    one = engine(rule(kind="change", pct=2, within="100 seconds"))
    given = trades([100, 101, 102.5, 102.5, 100, *[102.5] * 11, 100])
    up, down = one.on_trades(given)
    assert offsets([up, down], given) == [2, 16]
    assert (up.value, down.value) == (pytest.approx(2.5), pytest.approx(100 * (100 / 102.5 - 1)))
    assert up.text == "r: IBM rose by 2.50% within 100 seconds, over 2% (Finnhub)"
    assert down.text == "r: IBM fell by 2.44% within 100 seconds, over 2% (Finnhub)"


def test_a_change_that_takes_longer_than_the_time_does_not_trigger() -> None:
    one = engine(rule(kind="change", pct=2, within="100 seconds"))
    assert one.on_trades([trade(100, 0), trade(101, 99, 1), trade(102.5, 101, 2)]) == []


def test_a_price_of_a_clock_that_was_set_back_is_compared_with_no_later_one() -> None:
    one = engine(rule(kind="change", pct=2, within="100 seconds"))
    assert one.on_trades([trade(110, 7200, 0), trade(110, 7201, 1)]) == []
    given = [trade(100, 0, 2), trade(103, 10, 3)]
    assert offsets(one.on_trades(given), given) == [3]


def test_a_spike_in_a_final_window_triggers_once_for_neighbouring_windows() -> None:
    one = engine(rule(kind="spike", max_deviation_pct=0.5))
    [alert] = one.on_windows([window(5 * at, max_deviation_pct=0.75) for at in range(1, 12)])
    assert alert.at == "2026-01-02T15:00:05.000000Z"
    assert alert.text == "r: IBM went 0.75% over the window's mean, over 0.5% (Finnhub)"


def test_a_window_that_comes_again_does_not_trigger_again() -> None:
    one = engine(rule(kind="price", over=99, on="windows", hysteresis_pct=0))
    first, back = window(60), window(65, avg_price=98)
    assert len(one.on_windows([first, back, first, back])) == 1


ON_WINDOWS = rule(kind="price", over=100, on="windows", hysteresis_pct=0, cooldown="5 minutes")


def test_a_job_that_catches_up_triggers_no_more_often_than_one_that_keeps_up() -> None:
    """Ten windows a minute apart, written within ten seconds: one alert within the cooldown."""
    one = engine(ON_WINDOWS)
    found = one.on_windows(
        [window(60 * at, avg_price=99 + 2 * (at % 2), taken_in_s=600 + at) for at in range(1, 11)]
    )
    assert [it.at for it in found] == ["2026-01-02T15:01:00.000000Z"]
    again = one.on_windows([window(840, avg_price=101, taken_in_s=900), window(901, avg_price=101)])
    assert [it.at for it in again] == ["2026-01-02T15:15:01.000000Z"]


def test_the_limit_goes_by_when_windows_are_written_too() -> None:
    one = engine(
        rule(kind="price", over=100, on="windows", hysteresis_pct=0, max_per_hour=2, made_up=True)
    )
    played = [  # a rise every hour, played within ten seconds
        window(1800 * at, source="replay", avg_price=99 + 2 * (at % 2), taken_in_s=50_000 + at)
        for at in range(10)
    ]
    assert [it.kind for it in one.on_windows(played)] == ["price", "price", "notice"]


def test_a_window_that_ended_long_before_its_record_triggers_nothing_which_is_told_once() -> None:
    one = engine(ON_WINDOWS)
    late = [window(60 * at, avg_price=101, taken_in_s=60 * at + 601) for at in range(1, 30)]
    [told] = one.on_windows(late)
    assert (told.kind, told.rule, told.at) == ("notice", "alerts", "2026-01-02T15:11:01.000000Z")
    assert told.text == (
        "alerts: final windows came more than ten minutes after their end,"
        " first one of 2026-01-02T15:01:00.000000Z: they trigger no alerts"
    )
    [still_so] = one.on_windows([window(1800, avg_price=101, taken_in_s=2400)])
    assert (still_so.kind, still_so.at) == ("price", "2026-01-02T15:30:00.000000Z")
    [told] = one.on_windows([window(2000, taken_in_s=29 * 60 + 2 * 601 + 1)])
    assert told.kind == "notice"


def test_a_late_window_counts_as_back_and_as_the_past() -> None:
    one = engine(rule(kind="price", over=100, on="windows", hysteresis_pct=0))
    back = window(120, avg_price=99, taken_in_s=1200)
    found = one.on_windows([window(60, avg_price=101), back, window(1260, avg_price=101)])
    assert [it.kind for it in found] == ["price", "notice", "price"]


def test_windows_that_no_rule_is_for_are_not_late() -> None:
    late = window(60, taken_in_s=7200)
    assert engine(OVER).on_windows([late]) == []
    assert engine(rule(kind="spike", max_deviation_pct=1, symbols=["X"])).on_windows([late]) == []


def test_what_is_played_again_with_its_own_times_is_not_late() -> None:
    one = engine(rule(kind="price", over=100, on="windows", made_up=True))
    [alert] = one.on_windows([window(60, source="replay", avg_price=101, taken_in_s=10**6)])
    assert alert.kind == "price"


def test_volatility_is_compared_with_the_mean_of_the_windows_before() -> None:
    one = engine(rule(kind="volatility", factor=3, past="10 minutes"))
    calm = [window(60 * at, stddev_price=1.0) for at in range(1, 7)]
    assert one.on_windows(calm) == []
    assert one.on_windows([window(420, stddev_price=3.0)]) == []
    [alert] = one.on_windows([window(480, stddev_price=4.5)])
    assert alert.value == pytest.approx(4.5 / ((6 * 1.0 + 3.0) / 7))
    assert (
        alert.text
        == "r: IBM has 3.5 times the deviation of the last 10 minutes, over 3 times (Finnhub)"
    )


def test_volume_needs_a_past_of_five_windows() -> None:
    one = engine(rule(kind="volume", factor=2, past="10 minutes"))
    few = [window(60 * at, volume=10.0) for at in range(1, 5)]
    assert one.on_windows([*few, window(300, volume=100.0)]) == []
    [alert] = one.on_windows([window(360, volume=100.0)])
    assert alert.value == pytest.approx(100 / ((4 * 10 + 100) / 5))


def test_windows_are_compared_with_those_of_their_own_length() -> None:
    """After a change of `WINDOW_LENGTH` five times as long ones have five times the volume."""
    one = engine(rule(kind="volume", factor=3, past="1 hour", made_up=True))
    short = [window(60 * at, volume=10.0) for at in range(1, 11)]
    long = [window(600 + 5 * at, 300, volume=50.0) for at in range(1, 400)]
    assert one.on_windows(short + long) == []
    [alert] = one.on_windows([window(2900, 300, volume=200.0)])
    assert alert.value == 4.0


@pytest.mark.parametrize(("past", "fits"), [("4 minutes", 0), ("5 minutes", 1)])
def test_a_past_that_has_no_room_for_five_windows_is_told_once(past: str, fits: int) -> None:
    one = engine(rule(kind="volume", factor=2, past=past))
    found = one.on_windows([window(60 * at) for at in range(1, 8)])
    assert [it.kind for it in one.on_windows([window(480, volume=30.0)])] == ["volume"] * fits
    for at in (500, 501):
        now_us = micros(BEGIN) + at * 1_000_000
        found += ticked(one, now_us, Statuses({}, None), all_read=True)
    told = ["r: it never triggers: its past has no room for five windows of 1 minute"]
    assert [it.text for it in found] == ([] if fits else told)


def test_a_volume_of_the_day_so_far_is_compared_with_nothing() -> None:
    one = engine(rule(kind="volume", factor=2, past="10 minutes"))
    some = [window(60 * at, source="alpha-vantage", volume=10.0**at) for at in range(1, 10)]
    assert one.on_windows(some) == []


def test_made_up_prices_trigger_only_where_the_rule_says_so_and_are_told_as_such() -> None:
    made = [trade(101, 0, source="synthetic"), trade(101, 1, 1, source="replay")]
    assert engine(OVER).on_trades(made) == []
    synthetic, replayed = engine(rule(kind="price", over=100, made_up=True)).on_trades(made)
    assert synthetic.made_up
    assert replayed.made_up
    assert synthetic.text == "r: IBM is at 101, over 100 (Synthetic: made up)"
    assert replayed.text == "r: IBM is at 101, over 100 (Replay: not of now)"


def test_a_source_that_is_not_known_triggers_as_what_is_made_up_does() -> None:
    one = window(60, source="kraken", avg_price=101)
    of_windows = {"kind": "price", "over": 100, "on": "windows"}
    assert engine(rule(**of_windows)).on_windows([one]) == []
    [alert] = engine(rule(made_up=True, **of_windows)).on_windows([one])
    assert (alert.made_up, alert.text) == (True, "r: IBM is at 101, over 100 (kraken: not known)")


@pytest.mark.parametrize(
    ("symbols", "sources", "triggers"),
    [
        ([], [], True),
        (["IBM"], [], True),
        (["I*"], [], True),
        (["?BM"], ["finnhub"], True),
        (["AAPL", "IB"], [], False),
        (["IBM"], ["binance"], False),
    ],
)
def test_a_rule_is_for_its_symbols_patterns_and_sources(symbols, sources, triggers) -> None:
    one = engine(rule(kind="price", over=100, symbols=symbols, sources=sources))
    assert bool(one.on_trades([trade(101, 0)])) == triggers


def test_each_symbol_and_source_is_watched_for_itself() -> None:
    given = [trade(101, 0), trade(101, 1, 1, symbol="AAPL"), trade(101, 2, 2, source="binance")]
    assert len(engine(OVER).on_trades(given)) == 3


def test_a_rule_that_would_trigger_too_often_is_paused_for_an_hour_and_says_so() -> None:
    one = engine(rule(kind="price", over=100, max_per_hour=2))
    given = [trade(101 if at % 2 else 99, 60 * at, at) for at in range(140)]
    found = one.on_trades(given)
    assert offsets(found, given) == [1, 3, 5, 65, 67, 69, 129, 131, 133]
    assert [it.kind for it in found] == ["price", "price", "notice"] * 3
    assert found[2].text == "r: paused for an hour: it would trigger more than 2 times within one"


def test_the_same_input_gives_the_same_ids_and_no_two_alerts_share_one() -> None:
    given = trades([101, 99, 101, 99, 101])
    first, again = (engine(OVER).on_trades(given) for _ in range(2))
    assert [it.alert_id for it in first] == [it.alert_id for it in again]
    assert len({it.alert_id for it in first}) == 3


def test_of_names_without_end_the_first_go_on_and_the_others_are_told_of(monkeypatch) -> None:
    monkeypatch.setattr("gateway.alerts.evaluation.state.MOST_WATCHED", 3)
    state = State()
    one = engine(OVER, state=state)
    given = [trade(101, at, at, symbol=f"S{at}") for at in range(5)]
    assert [it.symbol for it in one.on_trades(given)] == ["S0", "S1", "S2"]
    [told] = ticked(one, NOW_US, NOTHING, all_read=True)
    assert (told.kind, told.rule) == ("notice", "r")
    assert told.text == (
        "r: not all of its symbols are watched: all rules together watch at most 50,000"
    )
    assert ticked(one, NOW_US, NOTHING, all_read=True) == []
    assert [key.name for key in state.watched] == ["S0", "S1", "S2"]
    [told_again] = ticked(restarted_on(state), NOW_US + 1, NOTHING, all_read=True)
    assert told_again.alert_id == told.alert_id  # by which it is known, and kept once


def restarted_on(state: State) -> Engine:
    one = engine(OVER, state=State(state.watched, state.limits))
    again = [trade(99, 9, 9, symbol="S0"), *(trade(101, 20, 20, symbol=it) for it in ("S0", "S9"))]
    assert [it.symbol for it in one.on_trades(again)] == ["S0"]
    return one


def test_silences_beyond_what_can_be_watched_hold_up_no_other(monkeypatch) -> None:
    monkeypatch.setattr("gateway.alerts.evaluation.state.MOST_WATCHED", 3)
    one = engine(SILENT)
    for at in range(20):  # each in turn, and again
        one.on_trades([trade(100, at, at, symbol=f"S{at % 5}")])
        one.settle()
    found = ticked(one, NOW_US + 60 * SECOND_US, NOTHING, all_read=True)
    assert [it.symbol for it in found] == ["S0", "S1", "S2", None]


def test_a_rule_that_is_changed_finds_room_again(monkeypatch) -> None:
    monkeypatch.setattr("gateway.alerts.evaluation.state.MOST_WATCHED", 1)
    state = State()
    engine(OVER, state=state).on_trades([trade(101, 0), trade(101, 1, 1, symbol="AAPL")])
    narrower = engine(rule(kind="price", over=100, symbols=["AAPL"]), state=state)
    assert len(narrower.on_trades([trade(101, 2, 2, symbol="AAPL")])) == 1
    assert ticked(narrower, NOW_US, NOTHING, all_read=True) == []


def test_a_rule_that_is_changed_begins_anew_and_the_others_go_on() -> None:
    state = State()
    engine(OVER, rule(name="other", kind="price", over=50), state=state).on_trades([trade(101, 0)])
    changed = engine(
        rule(kind="price", over=100.5), rule(name="other", kind="price", over=50), state=state
    )
    assert [it.rule for it in changed.on_trades([trade(102, 60, 1)])] == ["r"]


NOTHING = Statuses({}, None)
NOW_US = micros(BEGIN)
SECOND_US = 1_000_000
SILENT = rule(kind="no_quotes", after="30 seconds", cooldown="1 minute")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1 second"), (119.4, "119 seconds"), (120, "2 minutes"), (7199, "119 minutes"),
        (7345, "2 hours"), (172_799, "47 hours"), (200_000, "2 days"),
    ],
)  # fmt: skip
def test_how_long_something_has_lasted_is_told_roughly(seconds: float, text: str) -> None:
    assert wording.about(seconds) == text


def test_a_symbol_without_quotes_triggers_once_until_it_has_some_again() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    assert ticked(one, NOW_US + 30 * SECOND_US, NOTHING, all_read=True) == []
    [alert] = ticked(one, NOW_US + 31 * SECOND_US, NOTHING, all_read=True)
    assert (alert.kind, alert.value, alert.threshold) == ("no_quotes", 31, 30)
    assert alert.text == "r: IBM has had no quotes for 31 seconds (Finnhub)"
    assert ticked(one, NOW_US + 200 * SECOND_US, NOTHING, all_read=True) == []
    one.on_trades([trade(100, 210, 1)])
    assert ticked(one, NOW_US + 211 * SECOND_US, NOTHING, all_read=True) == []
    assert len(ticked(one, NOW_US + 250 * SECOND_US, NOTHING, all_read=True)) == 1


def test_a_quote_ends_a_silence_also_where_nobody_looked_before_the_next() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    assert len(ticked(one, NOW_US + 31 * SECOND_US, NOTHING, all_read=True)) == 1
    one.on_trades([trade(100, 40, 1)])
    [again] = ticked(one, NOW_US + 91 * SECOND_US, NOTHING, all_read=True)
    assert again.value == 51
    assert ticked(one, NOW_US + 300 * SECOND_US, NOTHING, all_read=True) == []


def test_the_quote_that_came_in_last_counts_whichever_is_read_last() -> None:
    one = engine(SILENT)
    late_ms = NOW_US // 1000 + 20_000
    one.on_trades([trade(100, 0, 0, broker_ms=late_ms), trade(100, 5, 1)])
    assert ticked(one, NOW_US + 50 * SECOND_US, NOTHING, all_read=True) == []
    [alert] = ticked(one, NOW_US + 51 * SECOND_US, NOTHING, all_read=True)
    assert alert.value == 31


def test_what_is_not_read_yet_is_not_silent() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    assert ticked(one, NOW_US + 60 * SECOND_US, NOTHING, all_read=False) == []
