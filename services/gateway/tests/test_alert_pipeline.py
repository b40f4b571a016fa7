"""Rules about the pipeline's own states, and about markets that are closed."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alert_making import engine, reread, rule, ticked, trade
from make import BEGIN, micros, text

from contracts.alerts import Alert
from contracts.refusals import Reason
from contracts.status import (
    Budget,
    JobDetails,
    NamedSymbol,
    PartitionLag,
    ProducerDetails,
    ProducerSummary,
    Status,
    StatusWriter,
)
from contracts.times import epoch_us
from gateway.alerts.evaluation.engine import Engine
from gateway.alerts.evaluation.silence import Silences
from gateway.alerts.evaluation.state import Key, State
from gateway.alerts.evaluation.statuses import Statuses, read_statuses
from gateway.following.lag import Waiting

NOTHING = Statuses({}, None)
SECOND_US = 1_000_000
UNREAD = partial(PartitionLag, partition=0, processed=1, latest=2, lag=1)


def now_us(seconds: float) -> int:
    return micros(BEGIN) + int(seconds * SECOND_US)


def job(
    seconds: float,
    *,
    behind_s: float | None = 0,
    refused: int = 0,
    state: str = "running",
    error: str | None = None,
    lag: list[PartitionLag] | None = None,
    since: float = -3600,
) -> Statuses:
    """Say how the job is, as it tells it so many seconds after `BEGIN`."""
    details = JobDetails(
        spark_version="3.5.3", topic="t", window_length="1 minute", window_slide="5 seconds",
        watermark_delay="0 seconds", trigger_interval="2 seconds",
        lag=[UNREAD(lag_s=behind_s)] if lag is None else lag,
        refused=dict(Counter({Reason.NOT_JSON: refused})),
    )  # fmt: skip
    at = text(BEGIN + timedelta(seconds=seconds))
    status = Status(
        schema_version=1, service="spark-job", state=state, updated_at=at, last_error=error,
        since=text(BEGIN + timedelta(seconds=since)), details=details,
    )  # fmt: skip
    return Statuses({}, status)


def producer(
    seconds: float,
    state: str,
    *,
    rejected: bool = False,
    off_hours: bool = False,
    feed: str = "finnhub",
    next_call_s: float | None = None,
    error: str | None = None,
    service: str = "producer",
    symbols: Iterable[str] = (),
) -> Statuses:
    """Say how the producer is, as it tells it so many seconds after `BEGIN`."""
    details = ProducerSummary(feed=feed, key_rejected=rejected, off_hours=off_hours)
    details.symbols = {it: NamedSymbol() for it in symbols}
    if next_call_s is not None:
        at = text(BEGIN + timedelta(seconds=next_call_s))
        details.budget = Budget(daily_calls=25, used=1, remaining=24, next_call_at=at)
    status = Status(
        schema_version=1, service=service, state=state, since=text(BEGIN),
        updated_at=text(BEGIN + timedelta(seconds=seconds)), last_error=error, details=details,
    )  # fmt: skip
    return Statuses({service: status}, None)


def both(*of: Statuses) -> Statuses:
    """Say how several producers are."""
    return Statuses({name: it for some in of for name, it in some.producers.items()}, None)


def looking(**members: Any) -> Engine:
    """Give an engine with a rule for a job that is behind, which has looked since `BEGIN` - 100 s.

    So long that both have settled.
    """
    one = engine(rule(kind="pipeline", state="job_behind", **members))
    for at in (-100, -50, -1):
        ticked(one, now_us(at), NOTHING, all_read=True)
    return one


def test_a_job_that_is_behind_triggers_once_until_it_has_caught_up() -> None:
    one = looking(behind="30 seconds")
    lags = [10, 31, 40, 20, 31, 15, 31]
    found = [
        ticked(one, now_us(at), job(at, behind_s=lag), all_read=True) for at, lag in enumerate(lags)
    ]
    assert [len(it) for it in found] == [0, 1, 0, 0, 0, 0, 1]
    [alert] = found[1]
    assert alert.text == "r: the Spark job is behind by 31 seconds"
    assert (alert.symbol, alert.source, alert.value, alert.threshold) == (None, None, 31, 30)
    assert (alert.kind, alert.made_up) == ("pipeline", False)


def test_a_job_that_tells_nothing_any_more_is_behind() -> None:
    one = looking(behind="30 seconds")
    for at in (0, 45):
        assert ticked(one, now_us(at), job(0), all_read=True) == []
    [alert] = ticked(one, now_us(46), job(0), all_read=True)
    assert alert.text == "r: the Spark job has reported nothing for 46 seconds"


def test_a_job_that_begins_with_the_gateway_or_wakes_with_the_machine_has_yet_to_tell() -> None:
    one = engine(rule(kind="pipeline", state="job_behind", behind="30 seconds"))
    for begin in (7200, 14_400):
        for at in range(begin, begin + 46, 5):
            assert ticked(one, now_us(at), job(0), all_read=True) == []
        assert ticked(one, now_us(begin + 46), job(begin + 46), all_read=True) == []
    [alert] = ticked(one, now_us(14_492), job(14_446), all_read=True)
    assert alert.text == "r: the Spark job has reported nothing for 46 seconds"


def test_of_a_job_that_is_gone_a_start_of_the_gateway_tells_nothing_new() -> None:
    one = looking(behind="2 minutes")
    found = [ticked(one, now_us(at), job(0), all_read=True) for at in (0, 60, 120, 121, 300, 400)]
    assert [len(it) for it in found] == [0, 0, 0, 1, 0, 0]


BROKER = "waiting for the broker: Local: Broker transport failure at 10.0.0.2"


def test_a_job_that_waits_is_behind_since_it_began_to_although_its_file_is_new() -> None:
    one = looking(behind="30 seconds")
    found = []
    for at in range(70):
        told = job(at) if at < 10 else job(at, behind_s=1, state="starting", error=BROKER)
        found += [(at, it.text) for it in ticked(one, now_us(at), told, all_read=False)]
    # Up to the ninth second all was read.
    assert found == [(40, "r: the Spark job has been waiting for the broker for 31 seconds")]
    assert ticked(one, now_us(70), job(70, behind_s=16), all_read=True) == []
    assert ticked(one, now_us(71), job(71, behind_s=31), all_read=True) == []  # it was not back yet
    assert ticked(one, now_us(72), job(72, behind_s=15), all_read=True) == []
    assert len(ticked(one, now_us(73), job(73, behind_s=31), all_read=True)) == 1


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (None, "has been starting"),
        (
            "waiting for broker at kafka:29092: nobody there",
            "has been waiting for broker at kafka:29092",
        ),
        (
            "waiting for the object store at http://s3:7070: it has not taken in the last windows",
            "has been waiting for the object store at http://s3:7070",
        ),
        ("waiting: the object store at http://s3:7070 does not answer", "has been waiting"),
    ],
)
def test_what_a_job_does_that_is_behind(error: str | None, what: str) -> None:
    one = looking(behind="2 minutes")
    ticked(one, now_us(0), job(0), all_read=True)
    for at in (30, 60, 90, 120):
        assert ticked(one, now_us(at), job(at, state="starting", error=error), all_read=True) == []
    told = job(121, state="starting", error=error)
    [alert] = ticked(one, now_us(121), told, all_read=True)
    assert alert.text == f"r: the Spark job {what} for 2 minutes"


def test_a_job_that_is_started_again_with_other_settings_has_as_long_as_a_start_may_take() -> None:
    one = looking(behind="30 seconds")
    found = []
    for at in range(120):
        if at < 2:
            told = job(at)
        elif at < 12:
            told = job(2, state="stopped", since=2)
        elif at < 70:  # and nothing more while its JVM starts
            told = job(12, state="starting", lag=[], since=12)
        else:
            told = job(at, state="starting", behind_s=at - 1, since=12)
        found += [(at, it.text) for it in ticked(one, now_us(at), told, all_read=True)]
    assert found == [(92, "r: the Spark job has been starting for 91 seconds")]


def test_a_job_that_does_not_know_its_lag_is_behind_since_it_last_did() -> None:
    one = looking(behind="30 seconds")
    ticked(one, now_us(0), job(0), all_read=True)
    ticked(one, now_us(10), job(10, behind_s=5), all_read=True)
    found = {at: ticked(one, now_us(at), job(at, behind_s=None), all_read=True) for at in (35, 36)}
    assert [len(it) for it in found.values()] == [0, 1]
    assert found[36][0].value == 31
    assert found[36][0].text == "r: the Spark job has not told how far it is behind for 31 seconds"


def test_a_job_without_a_lag_of_which_nothing_is_unread_is_not_behind() -> None:
    one = engine(rule(kind="pipeline", state="job_behind", behind="30 seconds"))
    nothing = [PartitionLag(partition=0, processed=2, latest=2, lag=0)]
    for at in range(0, 200, 10):
        assert ticked(one, now_us(at), job(at, lag=nothing), all_read=True) == []
        told = job(at, lag=nothing, state="starting", error="started again after: x")
        assert ticked(one, now_us(at), told, all_read=True) == []


def test_a_job_that_begins_again_and_again_is_behind_and_one_that_begins_once_is_not() -> None:
    one = engine(rule(kind="pipeline", state="job_behind", behind="1 minute"))
    begins = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]
    found = [
        ticked(one, now_us(at), job(at, state="starting", lag=[]), all_read=True) for at in begins
    ]
    assert [len(it) for it in found] == [0] * 10
    assert (
        len(ticked(one, now_us(91), job(91, state="starting", behind_s=None), all_read=True)) == 1
    )
    another = engine(rule(kind="pipeline", state="job_behind", behind="1 minute"))
    for at in (0, 30, 60):
        told = job(at, state="starting", lag=[])
        assert ticked(another, now_us(at), told, all_read=True) == []
    assert ticked(another, now_us(62), job(62, behind_s=3), all_read=True) == []


def test_a_start_of_all_after_a_stop_of_hours_is_no_alert() -> None:
    """What the last run left unread is as old as the stop, until the first batch has read it."""
    one = engine(rule(kind="pipeline", state="job_behind", behind="1 minute"))
    looks = [job(-7200, state="stopped", behind_s=2)]  # of the last run, until the job begins
    looks += [job(at, state="starting", lag=[], since=4) for at in range(4, 12)]
    looks += [job(at, state="starting", error=BROKER, lag=[], since=4) for at in range(12, 40)]
    looks += [job(at, state="starting", behind_s=None, since=4) for at in range(40, 55)]
    looks += [job(at, state="starting", behind_s=7200, since=4) for at in range(55, 85)]
    looks += [job(at, behind_s=7200, since=85) for at in range(85, 90)]  # as of the look before
    looks += [job(at, behind_s=1, since=85) for at in range(90, 300)]
    for told in looks:
        assert told.job
        at = max(0, epoch_us(told.job.updated_at) - micros(BEGIN))
        assert ticked(one, micros(BEGIN) + at, told, all_read=True) == []


def test_a_job_that_is_still_behind_a_minute_and_a_half_after_a_start_is() -> None:
    one = engine(rule(kind="pipeline", state="job_behind", behind="1 minute"))
    found = []
    for at in range(200):
        told = job(at, behind_s=3600, since=40) if at >= 40 else job(at, state="starting", lag=[])
        found += [(at, it.text) for it in ticked(one, now_us(at), told, all_read=True)]
    assert found == [(131, "r: the Spark job is behind by 60 minutes")]


@pytest.mark.parametrize("hours", [-1, 1, 9])
def test_a_clock_that_is_set_and_a_machine_that_wakes_are_no_lag(hours: int) -> None:
    one = looking(behind="1 minute")
    for at in range(100):
        assert ticked(one, now_us(at), job(at, behind_s=1), all_read=True) == []
    begin = 100 + 3600 * hours
    looks = [job(99, behind_s=1)]  # the newest file is of before
    looks += [job(begin + at, behind_s=max(1, 3600 * hours)) for at in range(1, 6)]
    looks += [job(begin + at, behind_s=1) for at in range(6, 200)]
    for at, told in enumerate(looks):
        assert ticked(one, now_us(begin + at), told, all_read=True) == []


def test_a_job_that_fails_triggers_once_until_it_runs_however_often_it_is_started_again() -> None:
    one = engine(rule(kind="pipeline", state="job_failed"))
    again = "started again after: s3://bucket: denied @everyone"
    looks = [
        ("running", None), ("failed", "s3://bucket: denied @everyone"), ("starting", again),
        ("failed", "x"), ("starting", again), ("starting", BROKER), ("running", None),
        ("failed", "x"), ("stopped", None),
    ]  # fmt: skip
    found = [
        ticked(one, now_us(5 * at), job(5 * at, state=state, error=error), all_read=True)
        for at, (state, error) in enumerate(looks)
    ]
    assert [len(it) for it in found] == [0, 1, 0, 0, 0, 0, 0, 1, 0]
    assert found[1][0].text == "r: the Spark job has failed: its log says why"
    assert (found[1][0].kind, found[1][0].value) == ("pipeline", None)


def test_of_a_job_that_fails_between_two_looks_its_next_start_tells() -> None:
    one = engine(rule(kind="pipeline", state="job_failed"))
    told = job(0, state="starting", error="started again after: x")
    [alert] = ticked(one, now_us(0), told, all_read=True)
    assert alert.text == "r: the Spark job has failed, and was started again: its log says why"
    assert ticked(one, now_us(1), job(1, state="starting"), all_read=True) == []


def test_a_job_that_failed_before_the_machine_was_stopped_has_yet_to_start() -> None:
    one = engine(rule(kind="pipeline", state="job_failed"))
    old = job(0, state="failed", error="x")
    for at in range(7200, 7246, 5):
        assert ticked(one, now_us(at), old, all_read=True) == []
    assert len(ticked(one, now_us(7246), old, all_read=True)) == 1  # nobody starts it again


def test_a_broker_that_is_away_triggers_once_until_it_answers() -> None:
    one = engine(rule(kind="pipeline", state="broker_away", after="10 seconds"))
    topic = "topic raw (the broker does not have it yet)"
    looks = [
        None, Waiting("the broker", 10), Waiting("the broker", 10.5), Waiting("the broker", 0),
        Waiting("the broker", 11), None, Waiting(topic, 12),
    ]  # fmt: skip
    found = [
        ticked(one, now_us(at), NOTHING, all_read=False, waiting=it) for at, it in enumerate(looks)
    ]
    # The one that counts from 0 again is a gateway that was started again meanwhile.
    assert [len(it) for it in found] == [0, 0, 1, 0, 0, 0, 1]
    assert found[2][0].text == "r: the gateway has been waiting for the broker for 10 seconds"
    assert (found[2][0].value, found[2][0].threshold) == (10.5, 10)
    assert found[6][0].text == f"r: the gateway has been waiting for {topic} for 12 seconds"


def test_without_another_time_a_broker_may_be_away_for_a_minute() -> None:
    one = engine(rule(kind="pipeline", state="broker_away"))
    found = [
        ticked(one, now_us(at), NOTHING, all_read=False, waiting=Waiting("the broker", at))
        for at in (59, 60, 61)
    ]
    assert [len(it) for it in found] == [0, 0, 1]


def test_refused_records_trigger_as_they_come_and_say_how_many() -> None:
    one = engine(rule(kind="pipeline", state="refused", cooldown="10 seconds"))
    counts = [3, 3, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 2]
    found = [
        ticked(one, now_us(at), job(at, refused=count), all_read=True)
        for at, count in enumerate(counts)
    ]
    assert {at: it[0].text for at, it in enumerate(found) if it} == {
        2: "r: 2 more records refused; since the job's start 5 not_json",
        12: "r: 1 more record refused; since the job's start 6 not_json",
    }


def test_a_feed_that_failed_triggers_once_for_each_time_it_fails() -> None:
    one = engine(rule(kind="pipeline", state="feed_failed"))
    states = ["live", "failed", "failed", "live", "failed"]
    found = [
        ticked(one, now_us(5 * at), producer(5 * at, it, error="key ABC"), all_read=True)
        for at, it in enumerate(states)
    ]
    assert [len(it) for it in found] == [0, 1, 0, 0, 1]
    assert found[1][0].text == "r: the feed has failed (producer, finnhub)"


def test_a_rejected_key_triggers() -> None:
    one = engine(rule(kind="pipeline", state="key_rejected"))
    assert ticked(one, now_us(0), producer(0, "failed"), all_read=True) == []
    [alert] = ticked(one, now_us(1), producer(1, "failed", rejected=True), all_read=True)
    assert alert.text == "r: the provider rejects the key (producer, finnhub)"


SILENT = rule(kind="no_quotes", after="30 seconds")


def test_a_producer_that_cannot_read_its_settings_has_no_other_feed() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    ticked(one, now_us(10), producer(10, "live", symbols=["IBM"]), all_read=True)
    failed = producer(60, "failed", feed="synthetic")
    assert len(ticked(one, now_us(60), failed, all_read=True)) == 1


def test_of_a_symbol_that_is_put_back_into_the_settings_the_time_counts_from_then() -> None:
    one = engine(SILENT, state=(state := State()))
    one.on_trades([trade(100, 0)])  # of IBM
    for at in range(10, 600, 30):
        others = producer(at, "live", symbols=["AAPL"])
        assert ticked(one, now_us(at), others, all_read=True) == []
    one = engine(SILENT, state=reread(state))  # an upgrade starts the gateway again, too
    back = ["AAPL", "IBM"]
    assert ticked(one, now_us(601), producer(601, "live", symbols=back), all_read=True) == []
    later = producer(640, "live", symbols=back)
    assert [it.symbol for it in ticked(one, now_us(640), later, all_read=True)] == ["IBM"]


@pytest.mark.parametrize("had_it", [True, False])
def test_symbols_of_the_feed_before_are_not_silent_after_a_change_of_it(*, had_it: bool) -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])  # of Finnhub
    if had_it:
        ticked(one, now_us(10), producer(10, "live", symbols=["IBM"]), all_read=True)
    others = producer(60, "live", feed="binance", symbols=["BTCUSDT"])
    found = ticked(one, now_us(60), others, all_read=True)
    assert [it.symbol for it in found] == ([] if had_it else ["IBM"])


def test_of_a_symbol_that_was_taken_out_of_the_settings_a_fallback_is_not_silent() -> None:
    one = engine(rule(kind="no_quotes", after="30 seconds", made_up=True))
    made = [
        trade(100, 0, at, source="synthetic", symbol=it) for at, it in enumerate(("IBM", "AAPL"))
    ]
    one.on_trades(made)
    others = producer(60, "falling_back", feed="alpha-vantage", symbols=["AAPL"])
    assert [it.symbol for it in ticked(one, now_us(60), others, all_read=True)] == ["AAPL"]


def test_each_second_only_symbols_without_quotes_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged: list[str] = []
    one, judge = engine(SILENT), Silences._judge

    def noted(silences: Silences, key: Key, *others: Any) -> list[Alert]:
        judged.append(key.name)
        return judge(silences, key, *others)

    monkeypatch.setattr(Silences, "_judge", noted)
    one.on_trades([trade(100, 0), trade(100, 20, 1, symbol="AAPL")])
    assert [len(ticked(one, now_us(at), NOTHING, all_read=True)) for at in (29, 30, 31)] == [
        0,
        0,
        1,
    ]
    one.on_trades([trade(100, 32, 2), trade(100, 32, 3, symbol="AAPL")])
    ticked(one, now_us(33), NOTHING, all_read=True)
    ticked(one, now_us(34), NOTHING, all_read=True)
    assert judged == ["IBM", "IBM"]  # the second time it is back


@pytest.mark.parametrize("traded", [[], ["AAPL"]])
def test_a_closed_market_is_not_silent_and_the_time_counts_from_its_opening(
    traded: list[str],
) -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    for at in range(0, 600, 10):
        one.on_trades([trade(100, at, at, symbol=it) for it in traded])
        closed = producer(at, "live" if traded else "market_closed", off_hours=True)
        assert ticked(one, now_us(at), closed, all_read=True) == []
    one.on_trades([trade(100, 615, 615, symbol=it) for it in traded])
    assert ticked(one, now_us(615), producer(615, "live"), all_read=True) == []
    assert len(ticked(one, now_us(625), producer(625, "live"), all_read=True)) == 1


def test_a_market_that_was_closed_before_a_stop_is_closed_until_it_is_looked_at_again() -> None:
    state = State()
    one = engine(SILENT, state=state)
    one.on_trades([trade(100, 0)])
    ticked(one, now_us(20), producer(20, "market_closed"), all_read=True)
    ticked(one, now_us(25), producer(25, "stopped"), all_read=True)
    again = engine(SILENT, state=state)
    assert ticked(again, now_us(7200), producer(25, "stopped"), all_read=True) == []
    assert ticked(again, now_us(7205), producer(7205, "connecting"), all_read=True) == []
    assert len(ticked(again, now_us(7231), producer(7231, "live"), all_read=True)) == 1


def test_what_nobody_could_look_at_is_no_silence() -> None:
    state = State()
    one = engine(SILENT, state=state)
    one.on_trades([trade(100, 0)])
    assert ticked(one, now_us(10), producer(10, "live"), all_read=True) == []
    again = engine(SILENT, state=state)  # an hour later, with the producer
    assert ticked(again, now_us(3600), producer(10, "live"), all_read=True) == []
    assert ticked(again, now_us(3630), producer(3630, "live"), all_read=True) == []
    [alert] = ticked(again, now_us(3631), producer(3631, "live"), all_read=True)
    assert alert.value == 3631
    again.on_trades([trade(100, 3640, 1)])
    ticked(again, now_us(3641), producer(3641, "live"), all_read=True)
    for at in range(3642, 4000):  # the broker is away
        assert ticked(again, now_us(at), producer(at, "live"), all_read=False) == []
    assert ticked(again, now_us(4000), producer(4000, "live"), all_read=True) == []
    assert len(ticked(again, now_us(4031), producer(4031, "live"), all_read=True)) == 1


def test_a_short_while_without_a_look_is_part_of_a_silence() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    assert ticked(one, now_us(10), producer(10, "live"), all_read=True) == []
    assert len(ticked(one, now_us(70), producer(70, "live"), all_read=True)) == 1


def test_a_break_of_a_clock_that_was_set_back_keeps_no_rule_silent() -> None:
    one = engine(SILENT)
    for at in (7200, 7300, 0):  # the second one follows a break
        one.on_trades([trade(100, at, at)])
        assert ticked(one, now_us(at), producer(at, "live"), all_read=True) == []
    assert ticked(one, now_us(30), producer(30, "live"), all_read=True) == []
    assert len(ticked(one, now_us(31), producer(31, "live"), all_read=True)) == 1


def test_a_provider_that_is_asked_later_is_not_silent_before() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0, source="alpha-vantage")])
    waiting = producer(60, "live", feed="alpha-vantage", next_call_s=61)
    assert ticked(one, now_us(60), waiting, all_read=True) == []
    overdue = producer(100, "live", feed="alpha-vantage", next_call_s=61)
    assert len(ticked(one, now_us(100), overdue, all_read=True)) == 1


def test_a_producer_that_is_gone_says_nothing_of_its_market() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    assert len(ticked(one, now_us(60), producer(0, "market_closed"), all_read=True)) == 1


def test_of_two_producers_of_a_feed_one_that_rests_does_not_speak_for_the_other() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    for at in (10, 20, 30):
        told = both(producer(at, "finished"), producer(at, "live", service="second"))
        assert ticked(one, now_us(at), told, all_read=True) == []
    told = both(producer(31, "finished"), producer(31, "live", service="second"))
    assert len(ticked(one, now_us(31), told, all_read=True)) == 1


def test_symbols_of_a_producer_that_rests_are_not_silent_beside_another_that_does_not() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0, symbol="IBM"), trade(100, 0, symbol="AAPL")])
    found = []
    for at in range(0, 100, 10):
        first = producer(at, "finished", symbols=["IBM"])
        second = producer(at, "live", symbols=["AAPL"], service="second")
        found += ticked(one, now_us(at), both(first, second), all_read=True)
    assert [it.symbol for it in found] == ["AAPL"]


def test_where_all_producers_of_a_symbol_rested_the_time_counts_from_the_first_that_goes_on() -> (
    None
):
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    looks = [(at, "market_closed", "market_closed") for at in range(0, 101, 10)]
    looks += [(at, "live", "market_closed") for at in range(110, 141, 10)]
    alerted = [
        at
        for at, first, second in looks
        if ticked(
            one,
            now_us(at),
            both(producer(at, first), producer(at, second, service="second")),
            all_read=True,
        )
    ]
    assert alerted == [140]


def test_a_producer_that_is_gone_does_not_speak_against_one_that_rests() -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0)])
    gone = producer(0, "live", service="second")
    assert ticked(one, now_us(60), both(producer(60, "finished"), gone), all_read=True) == []


@pytest.mark.parametrize(
    ("named", "gone", "silent"),
    [
        ([["AAPL"]], [], ["AAPL"]),
        ([[]], [], ["AAPL", "IBM"]),  # a replay that has just begun
        ([["AAPL"], []], [], ["AAPL", "IBM"]),
        ([["AAPL"]], ["IBM"], ["AAPL", "IBM"]),  # it would have it
        ([], ["AAPL"], ["AAPL", "IBM"]),
        ([["AAPL"]], ["MSFT"], ["AAPL"]),
        ([[f"S{n}" for n in range(20_000)]], [], ["AAPL", "IBM"]),  # it may have more
    ],
)
def test_a_symbol_that_was_taken_out_of_the_settings_is_not_silent(
    named: list[list[str]], gone: list[str], silent: list[str]
) -> None:
    one = engine(SILENT)
    one.on_trades([trade(100, 0), trade(100, 0, symbol="AAPL")])
    told = [producer(31, "live", symbols=it, service=f"p{at}") for at, it in enumerate(named)]
    told += [producer(0, "live", symbols=[it], service="gone") for it in gone]
    found = ticked(one, now_us(31), both(*told), all_read=True)
    assert sorted(it.symbol or "" for it in found) == silent


def test_status_files_are_read_and_what_is_none_is_passed_over(tmp_path: Path) -> None:
    details = ProducerDetails(feed="finnhub", run_id="a1", topic="t")
    StatusWriter(tmp_path, "producer-2", lambda: BEGIN).write("live", details)
    (tmp_path / "spark-job.json").write_text("{")
    (tmp_path / "gateway.json").write_text("{}")
    whole = (tmp_path / "producer-2.json").read_text()
    (tmp_path / "producer-3.json").write_text(whole.replace("2026-01-02", "2026-02-30"))
    (tmp_path / "producer-4.json").write_text('{"more": ' + "[" * 100_000)
    found = read_statuses(tmp_path)
    assert (list(found.producers), found.job) == (["producer-2"], None)
    assert read_statuses(tmp_path / "none") == NOTHING
