"""Spikes, statistics, the export, time zones, and the stages of the pipeline."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import pytest
from conftest import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    NOW,
    SECOND,
    bars_of,
    job_details,
    job_status,
    producer_status,
    scope_of,
    snapshot_of,
    stages_of,
    window,
)
from pyarrow import csv, parquet

from contracts.dataset import COLUMNS
from contracts.location import Location
from contracts.status import FollowedTopic, GatewayDetails, PartitionLag, Status
from contracts.times import MICROSECOND, format_time, to_us
from dashboard.models.candles import candles
from dashboard.models.export import a_row, as_csv, as_parquet, table
from dashboard.models.pipeline import longest_phases
from dashboard.models.ranges import Range
from dashboard.models.scope import Scope
from dashboard.models.spikes import spikes, spikes_of
from dashboard.models.stage import Light
from dashboard.models.statistics import correlations, statistics
from dashboard.models.zones import IN_UTC, zone_of
from dashboard.store.bars import MINUTE_US
from dashboard.store.merging import merge
from dashboard.store.snapshot import BrokenFile
from dashboard.store.statuses import Statuses
from dashboard.store.tiers import DAY_US

IBM = ("IBM", "synthetic")
NO_TOPIC = "waiting for topic market_windows (the broker does not have it yet)"


def over(at, deviation, **others):
    return window(end=NOON + at * 5 * SECOND, max_deviation_pct=deviation, **others)


def test_overlapping_windows_are_one_spike_told_by_its_highest():
    bars = bars_of(over(0, 6.0), over(1, 9.0, max_price=111.0), over(2, 7.0), over(30, 5.0))
    first, second = spikes_of(IBM, bars, 5.0)
    assert (first.deviation_pct, first.peak, first.at) == (9.0, 111.0, NOON + 5 * SECOND)
    assert first.lasted == timedelta(seconds=70)
    assert second.at == NOON + 150 * SECOND


def test_below_the_threshold_there_is_no_spike():
    assert spikes_of(IBM, bars_of(over(0, 0.4)), 0.5) == []


def test_spikes_of_all_symbols_come_the_newest_first():
    rows = [over(0, 6.0), over(-20, 6.0, symbol="AAPL"), over(-40, 6.0)]
    scope = scope_of(*rows, symbols=("IBM", "AAPL"))
    assert [it.symbol for it in spikes(scope, 5.0)] == ["IBM", "AAPL", "IBM"]


def test_a_spike_that_spans_two_bars_of_a_minute_is_still_one():
    windows = bars_of(*(over(at, 6.0 + at / 10) for at in range(6, 18)), over(60, 6.0))
    assert len(spikes_of(IBM, windows, 5.0)) == 2
    assert len(spikes_of(IBM, merge(windows, MINUTE_US), 5.0)) == 2


def test_windows_of_ten_minutes_that_overlap_are_one_spike_too():
    length = {"length": 10 * MINUTE}
    windows = bars_of(over(0, 6.0, **length), over(60, 7.0, **length), over(240, 6.0, **length))
    first, second = spikes_of(IBM, windows, 5.0)
    assert (first.at, first.lasted) == (NOON + 5 * MINUTE, 15 * MINUTE)
    assert second.at == NOON + 20 * MINUTE
    bars = merge(windows, MINUTE_US)
    assert len(bars) == 3
    assert spikes_of(IBM, bars, 5.0, 10 * MINUTE_US) == [first, second]


def test_a_spike_of_one_window_lasts_as_long_as_that_in_a_long_bar_too():
    rows = [over(at * 12, 6.0 if at == 13 else 0.0) for at in range(16)]
    windows = bars_of(*rows)
    (alone,) = spikes_of(IBM, windows, 5.0)
    (of_a_bar,) = spikes_of(IBM, merge(windows, 15 * MINUTE_US), 5.0, MINUTE_US)
    assert (
        (of_a_bar.at, of_a_bar.lasted)
        == (alone.at, alone.lasted)
        == (
            NOON + 13 * MINUTE,
            MINUTE,
        )
    )


def test_statistics_by_hand():
    closes = [100.0, 110.0, 99.0, 99.0]
    rows = [
        window(end=NOON + at * MINUTE, close_price=it, average=it, volume=2.0, event_count=3)
        for at, it in enumerate(closes)
    ]
    bars = bars_of(*rows)
    it = statistics(bars, candles(bars, MINUTE_US))
    assert (it.first, it.last, it.high, it.low) == (100.0, 99.0, 111.0, 98.0)
    assert it.high_at == NOON + MINUTE
    assert it.change_pct == pytest.approx(-1.0)
    assert (it.best_pct, it.worst_pct) == (pytest.approx(10.0), pytest.approx(-10.0))
    assert it.volatility_pct == pytest.approx(10.0)
    assert (it.volume, it.quotes) == (8.0, 12)


def test_a_week_of_days_of_which_each_quote_tells_the_volume_so_far_has_the_sum_of_its_days():
    begin, week = datetime(2026, 3, 5, tzinfo=UTC), 7 * DAY  # as weeks since 1970 begin
    rows = [
        window(end=begin + day * DAY + hour * HOUR, volume=volume, source="alpha-vantage")
        for day, volumes in enumerate([(100.0, 300.0), (None, None), (200.0, 150.0)] + 4 * [()])
        for hour, volume in zip((15, 16), volumes, strict=False)
    ]
    rows.append(window(end=begin + week + HOUR, volume=None, source="alpha-vantage"))
    rows.append(window(end=begin + 2 * week + HOUR, volume=50.0, source="alpha-vantage"))
    weeks = candles(bars_of(*rows), week // MICROSECOND)
    assert weeks.volume.tolist() == pytest.approx([500.0, np.nan, 50.0], nan_ok=True)
    assert statistics(bars_of(*rows), weeks).volume == 550.0
    merged = merge(bars_of(*rows), DAY_US)
    assert candles(merged, week // MICROSECOND).volume[0] == 500.0


def test_the_volume_of_days_of_which_each_quote_tells_so_far():
    ends = [(0, 300.0), (1, 500.0), (24 * 60, 200.0), (24 * 60 + 1, 900.0)]
    rows = [
        window(end=NOON + at * MINUTE, volume=volume, source="alpha-vantage") for at, volume in ends
    ]
    bars = bars_of(*rows)
    assert statistics(bars, candles(bars, MINUTE_US)).volume == 1400.0


def test_the_vwap_of_a_range_is_of_the_candles_that_have_one():
    rows = [
        window(end=NOON - 2 * MINUTE, vwap=None, volume=9.0),  # of a version without it
        window(end=NOON - MINUTE, vwap=10.0, volume=1.0, min_price=5.0),
        window(end=NOON, vwap=20.0, volume=3.0, min_price=5.0),
    ]
    bars = bars_of(*rows)
    assert statistics(bars, candles(bars, MINUTE_US)).vwap == 17.5
    assert statistics(bars, candles(bars, 5 * MINUTE_US)).vwap is None


def test_statistics_of_one_window_say_what_they_cannot():
    bars = bars_of(window())
    it = statistics(bars, candles(bars, MINUTE_US))
    assert (it.change_pct, it.volatility_pct, it.best_pct, it.volume, it.vwap) == (None,) * 5


def test_correlation_is_1_with_itself_and_minus_1_with_its_mirror():
    rng = np.random.default_rng(1)
    steps = rng.normal(0, 0.01, 40).cumsum()
    made = [
        bars_of(*(window(end=NOON + at * MINUTE, close_price=it) for at, it in enumerate(prices)))
        for prices in (np.exp(steps), np.exp(-steps))
    ]
    found = correlations(made[0], {"same": made[0], "mirror": made[1]}, MINUTE_US, 10)
    assert found["same"].values == pytest.approx(np.ones(30))
    assert found["mirror"].values == pytest.approx(-np.ones(30))


def test_correlation_takes_only_candles_that_both_have():
    some = bars_of(*(window(end=NOON + at * MINUTE) for at in range(3)))
    assert correlations(some, {"other": some}, MINUTE_US, 3) == {}


def test_what_is_exported_is_what_is_shown():
    traded = bars_of(window(volume=3.0, vwap=100.5))
    bars = {IBM: traded, ("AAPL", "finnhub"): bars_of(window(average=50.0))}
    made = table(bars)
    rows = parquet.read_table(BytesIO(as_parquet(made))).to_pylist()
    assert [(row["symbol"], row["source"], row["avg_price"]) for row in rows] == [
        ("IBM", "synthetic", 100.0),
        ("AAPL", "finnhub", 50.0),
    ]
    assert rows[0]["window_end"] == NOON
    assert [row["candle_volume"] for row in rows] == [3.0, None]
    assert [(row["vwap"], row["candle_vwap"]) for row in rows] == [(100.5, 100.5), (None, None)]
    assert csv.read_csv(BytesIO(as_csv(made))).num_rows == 2


def test_an_export_of_bars_has_all_columns_of_the_dataset_and_null_for_what_they_have_not():
    made = table({IBM: bars_of(window(volume=3.0))})
    assert made.column_names[: len(COLUMNS)] == [column.name for column in COLUMNS]
    (row,) = made.to_pylist()
    assert [row[name] for name in ("max_price", "stddev_price", "volume")] == [101.0, None, None]


def test_where_the_length_of_windows_was_changed_an_export_has_the_candle_that_counts():
    """The window from 12:05 to 12:10 has the quotes of the minutes 12:05 and 12:06, too."""
    rows = [window(end=NOON + at * MINUTE, volume=1.0) for at in range(1, 8)]
    rows.append(window(end=NOON + 10 * MINUTE, length=5 * MINUTE, volume=5.0, event_count=5))
    until = to_us(NOON + 10 * MINUTE)
    made = table({IBM: snapshot_of(*rows).fine_bars(IBM, 0, until, MINUTE_US)}).to_pylist()
    assert [row["candle_volume"] for row in made] == [1.0] * 5 + [None, None, 5.0]
    assert [row["candle_event_count"] for row in made] == [1.0] * 5 + [None, None, 5.0]
    assert [row["avg_price"] for row in made] == [100.0] * 8


@pytest.mark.parametrize(
    ("span", "row"),
    [
        (timedelta(hours=1), "A row is a window."),
        (timedelta(hours=24), "A row sums up the windows that end within 1 min."),
        (timedelta(days=7), "A row sums up the windows that end within 15 min."),
        (timedelta(days=65), "A row sums up the windows that end within 1 day."),
    ],
)
def test_what_a_row_of_the_export_is_is_said(span, row):
    since = to_us(NOON - timedelta(hours=6))
    held = snapshot_of(window(end=NOON - timedelta(days=70)), window(), windows_since=since)
    assert a_row(Scope(held, Range("1h", NOON - span, NOON), ("IBM",), ("synthetic",))) == row


def test_a_range_far_longer_than_what_is_there_is_as_fine_as_that():
    since = to_us(NOON - timedelta(hours=6))
    held = snapshot_of(window(end=NOON - timedelta(days=1)), window(), windows_since=since)
    shown = Range("custom", NOON - timedelta(days=3650), NOON + timedelta(days=3650))
    scope = Scope(held, shown, ("IBM",), ("synthetic",))
    assert held.resolution_us(*shown.bounds_us) == MINUTE_US
    assert scope.width_us == pytest.approx(1441 * MINUTE_US / 300, abs=1)


def test_the_market_is_new_yorks_but_for_what_never_closes():
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert zone_of("market", None, ["finnhub"]).label(noon) == "EST"
    assert zone_of("market", None, ["binance"]) == IN_UTC
    assert zone_of("local", "Europe/Zurich", []).label(noon) == "CET"
    assert zone_of("local", "No/Where", []) == zone_of("utc", None, []) == IN_UTC


def test_the_clocks_of_a_zone_begin_where_they_change():
    zone = zone_of("local", "America/New_York", [])
    begin, spring, autumn = (
        datetime(2026, *of, tzinfo=UTC) for of in ((1, 1), (3, 8, 7), (11, 1, 6))
    )
    assert zone.clocks(begin, datetime(2026, 12, 1, tzinfo=UTC)) == [
        (begin.timestamp() * 1000, -5 * 3_600_000, "EST"),
        (spring.timestamp() * 1000, -4 * 3_600_000, "EDT"),
        (autumn.timestamp() * 1000, -5 * 3_600_000, "EST"),
    ]


def test_utc_has_one_clock_however_long_the_range():
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 2199)]
    assert IN_UTC.clocks(*years) == [(0.0, 0.0, "UTC")]


def lights(statuses, snapshot=None, **others):
    found = stages_of(statuses, snapshot or snapshot_of(window()), **others)
    return {it.name: (it.light, it.why) for it in found}


def test_stages_that_are_well():
    assert lights(Statuses(job_status(), (producer_status(),))) == {
        "Producer": (Light.OK, "Quotes are coming in"),
        "Broker": (Light.OK, "Producers are connected"),
        "Spark job": (Light.OK, "It runs"),
        "Files": (Light.OK, "The newest was written at 12:00:00 UTC"),
        "Page": (Light.OK, "Newest window 10 s ago"),
    }


def figures_of(name, statuses=None, **others):
    found = stages_of(statuses or Statuses(), snapshot_of(window()), **others)
    return dict(next(it.figures for it in found if it.name == name))


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (Location(), {"Files": "0", "On disk": "0 bytes", "Days": "1"}),
        (
            Location("/data/table", "delta"),
            {
                "Place": "/data/table", "As": "a Delta table",
                "Files": "0", "On disk": "0 bytes", "Days": "1",
            },
        ),
        (
            Location("s3a://bucket/prefix"),
            {
                "Place": "s3a://bucket/prefix", "As": "plain files",
                "Files": "0", "In all": "0 bytes", "Days": "1",
            },
        ),
    ],
)  # fmt: skip
def test_windows_that_lie_elsewhere_say_where_and_as_what(location, shown):
    assert figures_of("Files", location=location) == shown


def test_a_job_on_a_cluster_says_how_many_work_for_it():
    assert "Executors of the cluster" not in figures_of("Spark job", Statuses(job_status()))
    of_two = figures_of("Spark job", Statuses(job_status(executors=2)))
    assert of_two["Executors of the cluster"] == "2"


def gateway_status(state="following", *, at=NOW, last_error=None, **topic):
    details = GatewayDetails(topics={"raw_api_events": FollowedTopic(**topic)})
    return Status(
        schema_version=1, service="gateway", state=state, since=format_time(at),
        updated_at=format_time(at), last_error=last_error, details=details,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "error", "age_s", "light", "why"),
    [
        ("following", None, 1, Light.OK, "Live prices are served"),
        ("catching_up", None, 1, Light.WARN, "It is 7 s behind, and catching up"),
        ("waiting", None, 1, Light.WARN, "It is waiting for the broker (Kafka)"),
        ("connecting", NO_TOPIC, 1, Light.WARN, f"It is {NO_TOPIC}"),
        ("following", None, 60, Light.BAD, "It is down: it was last heard from at 11:59:10 UTC"),
        ("stopped", None, 60, Light.BAD, "It stopped at 11:59:10 UTC"),
        ("failed", "because", 60, Light.BAD, "It has failed: because"),
    ],
)
def test_the_gateway_is_a_stage_once_it_has_reported(state, error, age_s, light, why):
    at = NOW - timedelta(seconds=age_s)
    gateway = gateway_status(state, at=at, last_error=error, lag_s=7.2)
    assert lights(Statuses(gateway=gateway))["Gateway"] == (light, why)


def test_rules_that_catch_up_beside_live_prices_are_told_of():
    told = "Alert rules behind"
    assert told not in figures_of("Gateway", Statuses(gateway=gateway_status()))
    behind = figures_of("Gateway", Statuses(gateway=gateway_status(rules_lag=1200)))
    assert behind[told] == "1,200 records"


FAULT = "The rules for alerts have a fault, and those of before stay in force"


@pytest.mark.parametrize(
    ("details", "error", "light", "why"),
    [
        ({}, None, Light.IDLE, "There is no rule"),
        ({"rules": 2}, None, Light.OK, "The rules are in force"),
        ({"rules": 2}, "no space", Light.WARN, "no space"),
        ({"rules": 2, "rules_error": "line 3: what"}, None, Light.WARN, f"{FAULT}: line 3: what"),
    ],
)
def test_alerts_are_a_stage_that_says_what_is_wrong_with_the_rules(details, error, light, why):
    gateway = gateway_status(last_error=error)
    for name, value in details.items():
        setattr(gateway.details, name, value)
    gateway.details.alerts_waiting = {"1": 2, "2": 1}
    assert lights(Statuses(gateway=gateway))["Alerts"] == (light, why)
    assert figures_of("Alerts", Statuses(gateway=gateway))["Waiting for delivery"] == "3"


def test_of_a_gateway_that_is_down_nothing_is_said_of_its_alerts():
    gateway = gateway_status(at=NOW - timedelta(seconds=60))
    assert "Alerts" not in lights(Statuses(gateway=gateway))


def test_stages_that_have_not_reported():
    assert {it for it, _ in lights(Statuses(), snapshot_of()).values()} == {
        Light.UNKNOWN,
        Light.IDLE,
    }


def test_each_stage_says_what_is_amiss():
    statuses = Statuses(
        job_status("failed", last_error="no disk"),
        (producer_status("silent", broker_connected=False),),
    )
    broken = snapshot_of(window(), broken=(BrokenFile("a", "why"),))
    found = lights(statuses, broken)
    assert found["Broker"][0] is Light.BAD
    assert found["Spark job"] == (Light.BAD, "The Spark job has failed: no disk")
    assert found["Files"] == (Light.WARN, "1 of them cannot be read")
    assert lights(statuses, unreadable="Permission denied")["Files"][0] is Light.BAD


def test_a_job_that_is_far_behind_is_noted():
    far = [PartitionLag(partition=0, processed=0, latest=50_000, lag=50_000)]
    found = lights(Statuses(job_status(lag=far), (producer_status(),)))
    assert found["Spark job"] == (Light.WARN, "It is 50,000 records behind")


def test_a_job_is_far_behind_by_seconds_where_they_are_known():
    behind = {
        lag_s: lights(Statuses(job_status(lag=[
            PartitionLag(partition=0, processed=0, latest=50_000, lag=50_000, lag_s=lag_s),
            PartitionLag(partition=1, processed=9, latest=9, lag=0, lag_s=0.0),
        ]), (producer_status(),)))["Spark job"]
        for lag_s in (2.5, 45.0)
    }  # fmt: skip
    assert behind[2.5] == (Light.OK, "It runs")
    assert behind[45.0] == (Light.WARN, "It is 50,000 records, 45 s behind")


def test_a_finished_replay_is_idle_and_a_fallback_is_noted():
    finished = lights(Statuses(job_status(), (producer_status("finished"),)))
    assert finished["Producer"] == (Light.IDLE, "The replay is finished")
    falling = lights(Statuses(job_status(), (producer_status("falling_back"),)))
    light, why = falling["Producer"]
    assert light is Light.WARN
    assert why.startswith("Prices are made up for now (synthetic)")


def test_who_was_not_heard_of_for_long_is_down_whatever_it_said_last():
    long_ago = NOW - timedelta(minutes=10)
    found = lights(
        Statuses(
            job_status("starting", updated_at=long_ago),
            (producer_status("connecting", updated_at=long_ago),),
        )
    )
    down = "is down: it was last heard from at 11:50:10 UTC"
    assert found["Producer"] == (Light.BAD, f"The producer {down}")
    assert found["Spark job"] == (Light.BAD, f"The Spark job {down}")
    assert found["Broker"] == (Light.UNKNOWN, "No producer is running")


def test_a_broker_is_told_by_producers_that_run():
    stopped = producer_status("stopped")
    assert lights(Statuses(producers=(stopped,)))["Broker"][0] is Light.UNKNOWN
    reaches, not_so = producer_status(), producer_status("connecting", broker_connected=False)
    assert lights(Statuses(producers=(stopped, reaches)))["Broker"][0] is Light.OK
    found = lights(Statuses(producers=(stopped, not_so)))
    assert found["Broker"] == (Light.BAD, "No producer reaches it")
    assert found["Producer"] == (Light.WARN, "The producer is waiting for the broker (Kafka)")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (producer_status("connecting"), "connecting"),
        (producer_status("connecting", broker_connected=False), "waiting for the broker"),
        (producer_status("falling_back"), "falling back"),
    ],
)
def test_the_state_of_a_producer_is_told_in_words(status, state):
    figures = stages_of(Statuses(producers=(status,)), snapshot_of())[0].figures
    assert ("State", state) in figures


def test_what_a_feed_lost_is_told_where_it_lost_anything():
    whole, less = (
        dict(stages_of(Statuses(producers=(it,)), snapshot_of())[0].figures)
        for it in (producer_status(), producer_status(gaps=12, dropped_quotes=3400))
    )
    assert whole.keys() - less.keys() == set()
    assert {it: less[it] for it in less.keys() - whole.keys()} == {
        "Gaps in the feed": "12",
        "Quotes dropped": "3,400",
    }


def test_the_page_tells_how_long_windows_took():
    found = stages_of(Statuses(), snapshot_of(window()), delays_s=[2.0, 3.0, 9.0])
    assert found[-1].figures == (
        ("Window end to page", "3.0 s (median)"),
        ("99th percentile", "9.0 s"),
        ("Measured over", "3 windows"),
    )
    found = stages_of(Statuses(), snapshot_of(window()), delays_s=[2.0])
    assert ("Measured over", "1 window") in found[-1].figures


def test_the_page_says_that_a_replay_of_the_past_is_not_measured_and_why():
    past = replace(snapshot_of(window(source="replay")), arrived_at=NOON + timedelta(days=1000))
    found = stages_of(Statuses(), past, delays_s=[94_557_904.0])
    why = "not measured: the windows are of a replayed past"
    assert found[-1].figures == (("Window end to page", why),)


def test_a_producer_that_could_not_start_tells_nothing_of_the_broker():
    failed = producer_status("failed", feed="", broker_connected=False, last_error="SYMBOLS: got x")
    found = stages_of(Statuses(producers=(failed,)), snapshot_of())
    assert (found[0].light, found[0].why) == (
        Light.BAD,
        "The producer has failed: SYMBOLS: got x",
    )
    assert ("Feed", "not known") in found[0].figures
    assert found[1].light is Light.UNKNOWN


def test_a_batchs_longest_phases_are_named_where_the_job_tells_them():
    whole = {"triggerExecution": 1640}
    each = {"addBatch": 420, "walCommit": 9, "getBatch": 1, "queryPlanning": 1200}
    found = longest_phases(job_details(batch_ms=whole | each))
    assert found == "queryPlanning 1,200 ms, addBatch 420 ms, walCommit 9 ms"
    assert longest_phases(job_details(batch_ms=whole)) == ""
