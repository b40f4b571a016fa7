"""The page in each of its states, without a browser."""

import gc
import json
import os
import re
import weakref
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape, unescape
from urllib.parse import parse_qsl

import plotly.io
import pytest
import streamlit as st
from conftest import MINUTE, SECOND, alert, job_details, window, write, write_status
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from contracts.location import Location
from contracts.status import (
    Budget,
    CatchingUp,
    GatewayDetails,
    HeldBack,
    ProducerDetails,
    RefusedSample,
    SymbolStatus,
)
from contracts.times import format_time, from_us
from dashboard import page_data, routes
from dashboard.live.alerts import Alerts
from dashboard.live.hub import hub
from dashboard.models.address import choice
from dashboard.models.words import plain
from dashboard.models.zones import IN_UTC, zone_of
from dashboard.page_data import PageData
from dashboard.screens import main_chart, page, symbol
from dashboard.screens.view import View
from dashboard.store import Snapshot
from dashboard.store.statuses import Statuses
from dashboard.theme import palette

FIVE = ("IBM", "AAPL", "MSFT", "TSLA", "AMZN")


def script(aggregates, status):
    from pathlib import Path  # noqa: PLC0415 - AppTest runs this function's source alone

    from contracts.location import Location  # noqa: PLC0415
    from dashboard.screens.page import show  # noqa: PLC0415

    show(Location(aggregates), Path(status))


# Each AppTest looks through all that is installed for components, which takes longer than a page.
installed_components = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def _look_for_components_once(monkeypatch):
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", installed_components)


@pytest.fixture(autouse=True)
def _plain_chart(monkeypatch):
    """Draw with Streamlit's own chart: its components need a server, which AppTest has not."""

    def draw(figure, height_px, *, label, key):
        st.caption(label)
        st.plotly_chart(plotly.io.from_json(figure), height=height_px, key=key)

    monkeypatch.setattr(main_chart, "live_chart", draw)
    monkeypatch.setattr(symbol, "live_chart", draw)
    monkeypatch.setattr(page, "live_page", lambda *_, **__: None)
    monkeypatch.setattr(page, "refresh", lambda *_, **__: None)
    page_data.follower.cache_clear()


@pytest.fixture
def open_page(aggregates, status):
    def open_(**address):
        app = AppTest.from_function(script, args=(str(aggregates), str(status)), default_timeout=30)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return open_


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def running(status, now):
    def write_(
        state="live", *, at=now, symbols=FIVE, last_error=None, job="running", details=None, **more
    ):
        plain = {symbol: SymbolStatus(count=2) for symbol in symbols}
        found = symbols if isinstance(symbols, dict) else plain
        producer = ProducerDetails(
            run_id="a",
            topic="raw_api_events",
            **(
                {"feed": "synthetic", "published": 10, "broker_connected": True, "symbols": found}
                | more
            ),
        )
        write_status(status, state, producer, service="producer", now=at, last_error=last_error)
        job_says = job_details(**(details or {}))
        write_status(status, job, job_says, service="spark-job", now=at)

    return write_


@pytest.fixture
def live(aggregates, running, now):
    end = now.replace(microsecond=0) - 3 * SECOND
    rows = [
        window(symbol, end - age * SECOND, close_price=100.0 + (age > 0) * 2)
        for symbol in FIVE
        for age in (120, 60, 55, 0)
    ]
    minute = end.replace(second=0) - MINUTE
    rows += [
        window(symbol, minute - at * MINUTE, close_price=102.0)
        for symbol in FIVE
        for at in (3, 4, 5, 6)
    ]
    for day in {_day(it) for it in rows}:  # two, just after midnight
        write(aggregates, "a.parquet", *[it for it in rows if _day(it) == day])
    running()
    return end


def _day(row):
    return row["window_start"].date()


def control(app, name):
    """Find the control of a choice: it is another one once it shows what nobody chose in it."""
    (found,) = (it for it in app.button_group if it.key.rpartition("-")[0] == name)
    return found


def html(app):
    return [it.proto.body for it in app.get("html")]


def said(app):
    kinds = (app.markdown, app.caption, app.info)
    drawn = [unescape(it) for it in html(app) if "<style>" not in it]
    return "\n".join([*(it.value for kind in kinds for it in kind), *drawn]).replace("\\", "")


def cards(app):
    """Give the figures of each card, as text, by symbol and name; the change as `change`."""
    found = {}
    for drawn in html(app):
        if 'class="card"' in drawn:
            pairs = re.findall(r"<dt>(\w+)</dt><dd>(.*?)</dd>", drawn)
            assert [name for name, _ in pairs] == ["Last", "Average", "Maximum"][: len(pairs)]
            change = re.findall(r"[↑↓]? ?[-+]?\d\.\d\d %", drawn)
            symbol = re.search(r"<strong>(.*?)</strong>", drawn)[1]
            found[unescape(symbol)] = dict(pairs) | {"change": "".join(change)}
    return found


def charts(app):
    return [json.loads(it.proto.spec) for it in app.get("plotly_chart")]


def test_nothing_says_what_is_awaited(open_page):
    app = open_page()
    assert ":gray-badge[:material/hourglass_top: Waiting]" in said(app)
    assert "The producer has not reported yet" in said(app)
    assert "The Spark job has not reported yet" in said(app)
    assert "The first window closes about 7 s after the first quote" in said(app)
    assert not cards(app)
    assert not charts(app)


def places(app):
    """Give where live prices are shown: symbol and source."""
    drawn = "".join(html(app))
    return re.findall(r'data-symbol="(.*?)"(?: data-source="(.*?)")?>', drawn)


@pytest.mark.usefixtures("live")
def test_each_card_has_a_place_for_the_last_trade_of_its_source(open_page):
    assert places(open_page()) == [(symbol, "synthetic") for symbol in FIVE]


def test_before_there_is_a_window_the_last_trades_of_any_source_have_a_place(open_page, running):
    running()
    assert places(open_page()) == [(symbol, "") for symbol in FIVE]


def test_without_the_gateway_a_page_that_waits_has_no_cards(open_page, running, monkeypatch):
    running()
    monkeypatch.setattr(hub(), "away", "the gateway does not answer")
    app = open_page()
    assert places(app) == []
    assert "Live prices are unavailable: the gateway does not answer" in said(app)


@pytest.fixture
def alerts(monkeypatch):
    there = Alerts()
    monkeypatch.setattr(hub(), "alerts", there)
    return there


def test_the_alerts_page_says_that_there_is_none_yet_once_the_gateway_has_said_so(
    open_page, alerts
):
    app = open_page(page="alerts")
    assert "Alerts come from the gateway, which has not answered yet." in said(app)
    alerts.know([])
    app.run()
    assert "No alert yet" in said(app)


def test_the_alerts_page_says_what_is_wrong_with_the_rules(open_page, alerts, status, now):
    alerts.know([])
    details = GatewayDetails(topics={}, rules=1, rules_error="rules.toml, line 3: *what*")
    write_status(status, "following", details, service="gateway", now=now)
    (wrong,) = open_page(page="alerts").warning
    assert wrong.value.replace("\\", "").endswith("stay in force: rules.toml, line 3: *what*")
    assert "\\*what" in wrong.value  # as text, not as emphasis


def listed(app):
    """Give the lines of the table of alerts, as HTML."""
    (table,) = (it for it in html(app) if it.startswith("<table>"))
    return re.findall("<tr>(.*?)</tr>", table)[1:]


def test_alerts_are_listed_newest_first_and_what_others_wrote_is_text(open_page, alerts, now):
    evil = "**bold** <script>x</script> [link](http://x.example) :smile: |"
    alerts.know([alert(1, at=now - MINUTE, rule=evil), alert(2, at=now, symbol="TSLA")])
    newest, other = listed(open_page(page="alerts"))
    assert "<b>TSLA</b>" in newest
    assert "<b>IBM</b>" in other
    assert f"<td>{escape(evil)}</td>" in other
    assert "Synthetic</b>" in other


def test_the_list_of_alerts_says_the_rule_in_its_column_only(open_page, alerts, now):
    alerts.know([alert(1, at=now, rule="a rule", text="a rule: IBM is at 101, over 100")])
    (line,) = listed(open_page(page="alerts"))
    assert line.count("a rule") == 1
    assert "<td>IBM is at 101, over 100" in line


@pytest.mark.parametrize("text", ["IBM moved (Synthetic: made up)", "a very long na…"])
def test_of_an_alert_it_is_said_once_that_its_price_is_made_up(open_page, alerts, now, text):
    alerts.know([alert(1, at=now, text=text)])
    (line,) = listed(open_page(page="alerts"))
    assert line.count("Synthetic") == 1


def test_alerts_are_searched_by_the_address_and_so_is_the_export(open_page, alerts, now):
    alerts.know([alert(1, at=now), alert(2, at=now, symbol="TSLA")])
    app = open_page(page="alerts", find="tsla")
    (line,) = listed(app)
    assert "TSLA" in line
    assert '"/export/alerts.csv?find=tsla"' in "".join(html(app))


@pytest.mark.usefixtures("live")
def test_an_alert_that_comes_is_told_once_and_those_of_before_not(open_page, alerts, now):
    alerts.know([alert(1, at=now)])
    app = open_page()
    assert not app.toast
    alerts.add(alert(2, at=datetime(2024, 1, 31, tzinfo=UTC), text="IBM <b>moves</b>"), now)
    app.run()
    assert [it.value for it in app.toast] == [plain("IBM <b>moves</b>")]
    app.run()
    assert not app.toast


@pytest.mark.usefixtures("live")
def test_an_alert_of_before_the_page_was_opened_is_not_told_where_it_comes_late(
    open_page, alerts, now
):
    app = open_page()
    alerts.add(alert(1, at=now), now - 2 * MINUTE)
    app.run()
    assert not app.toast


@pytest.mark.usefixtures("live")
def test_an_alert_is_told_on_a_page_that_was_opened_before_the_clock_was_set_back(
    open_page, alerts, now
):
    app = open_page()
    app.session_state["alerts-since"] = now + timedelta(hours=2)
    alerts.add(alert(1, at=now), now)
    app.run()
    assert len(app.toast) == 1


@pytest.mark.usefixtures("live")
def test_an_alert_is_marked_on_its_line(open_page, alerts, now):
    alerts.know([alert(1, at=now - MINUTE)])
    marks = [it for it in charts(open_page())[0]["data"] if it["name"] == "Alert"]
    assert [it["yaxis"] for it in marks] == ["y"]


@pytest.mark.usefixtures("live")
def test_live_shows_a_card_for_each_symbol_and_the_chart(open_page):
    app = open_page()
    assert ":green-badge[:material/sensors: Live]" in said(app)
    assert "Synthetic prices, not market data" in said(app)
    ibm = {"Last": "100.00", "Average": "100.00", "Maximum": "101.00", "change": "↓ -1.96 %"}
    assert cards(app) == dict.fromkeys(FIVE, ibm)
    names = [it["name"] for it in charts(app)[0]["data"]]
    assert names.count("Average · Synthetic") == 5


def test_a_card_says_until_when_its_window_is(open_page, live):
    assert f"1 min to {live:%H:%M:%S} UTC<" in "".join(html(open_page()))


@pytest.mark.usefixtures("live")
def test_only_a_card_of_an_older_window_says_on_a_phone_until_when_it_is(
    open_page, aggregates, now
):
    write(aggregates, "new.parquet", window("IBM", now.replace(microsecond=0)))
    drawn = [it for it in html(open_page()) if 'class="card"' in it]
    assert ['<p class="of-all">' in it for it in drawn] == [True, False, False, False, False]


@pytest.mark.usefixtures("live")
def test_the_next_run_shows_what_is_new(open_page, aggregates, now):
    app = open_page()
    write(aggregates, "new.parquet", window("IBM", now.replace(microsecond=0), average=200.0))
    app.run()
    assert cards(app)["IBM"]["Last"] == "200.00"


@pytest.mark.usefixtures("live")
def test_cards_follow_the_producers_status_while_no_file_arrives(open_page, running):
    app = open_page()
    assert "The feed has sent no quote of it for a while" not in said(app)
    running(symbols={"IBM": SymbolStatus(count=2, silent=True), "NEW": SymbolStatus()})
    app.run()
    assert "The feed has sent no quote of it for a while" in said(app)
    assert "No quote yet" in said(app)
    running(symbols={"IBM": SymbolStatus(count=3), "NEW": SymbolStatus(dropped="no such symbol")})
    app.run()
    assert "The feed has sent no quote of it for a while" not in said(app)
    assert "Left out by the feed: no such symbol" in said(app)


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    "bounds",
    [
        {"from": "1970-01-01T00:00+00:00", "to": "2199-12-31T23:59+00:00"},
        {"from": "0001-01-01T00:00+14:00", "to": "9999-12-31T23:59-14:00"},
        {"from": "2026-03-02T12:00:00.000001Z", "to": "2026-03-02T12:00:00.000002Z"},
    ],
)
@pytest.mark.parametrize("chart", ["lines", "candles", "compare", "heat"])
def test_a_range_of_any_length_is_no_error(open_page, bounds, chart):
    app = open_page(range="custom", tz="market", chart=chart, page="\0", every="²", **bounds)
    assert "Live" in said(app)


ODD = ("^GSPC", "EURUSD=X", "BTC/USDT", "BTC-USDT", "OANDA:EUR_USD", "A&B+C", "币安人生USDT")


@pytest.fixture
def odd(aggregates, running, now):
    rows = [window(it, now.replace(microsecond=0) - 3 * SECOND) for it in ODD]
    write(aggregates, "a.parquet", *rows)
    running(symbols=ODD)


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize("chart", ["lines", "candles", "compare", "heat", "table"])
def test_symbols_of_all_kinds_are_shown_beside_each_other(open_page, chart):
    app = open_page(chart=chart, symbol="BTC-USDT")
    assert set(cards(app)) == set(ODD)


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize("symbol", ODD)
def test_a_symbol_of_any_kind_has_its_page(open_page, symbol):
    text = said(open_page(page="symbol", symbol=symbol)).replace("*", "")
    assert f"#### {symbol} " in text


@pytest.mark.usefixtures("odd")
def test_a_symbol_that_is_chosen_goes_into_the_address_and_comes_back(open_page):
    app = open_page()
    control(app, "symbols").set_value(["BTC/USDT", "A&B+C"]).run()
    assert app.query_params["symbols"] == "BTC/USDT,A&B+C"
    app.query_params["symbols"] = "BTC-USDT,^GSPC"  # as Back would
    app.run()
    assert control(app, "symbols").value == ["^GSPC", "BTC-USDT"]


@pytest.mark.usefixtures("live")
def test_a_notice_is_of_the_prices_that_are_shown_and_of_no_others(open_page, aggregates, now):
    real = [window(it, now.replace(microsecond=0), source="finnhub") for it in FIVE]
    write(aggregates, "real.parquet", *real)
    assert "Synthetic prices, not market data (dotted lines)" in said(open_page())
    begin, end = (f"{now + at * MINUTE:%Y-%m-%dT%H:%M:%SZ}" for at in (-0.04, 1))
    bounds = {"range": "custom", "from": begin, "to": end}
    for shown in ("market", "symbol"):
        assert "Synthetic prices" not in said(open_page(page=shown, **bounds))
    assert "Synthetic prices" in said(open_page(sources="synthetic"))
    assert "Synthetic prices" not in said(open_page(sources="finnhub"))


def stale(aggregates, now):
    path = write(aggregates, "a.parquet", window(end=now - 90 * SECOND))
    old = (now - 88 * SECOND).timestamp()
    os.utime(path, (old, old))


def test_stale_says_since_when_and_why(open_page, aggregates, running, now):
    stale(aggregates, now)
    running("failed", last_error="the key was rejected")
    app = open_page()
    assert ":orange-badge[:material/sync_problem: Stale]" in said(app)
    assert "No new window for 1 min, since " in said(app)
    assert "The producer has failed: the key was rejected" in said(app)
    assert cards(app)["IBM"]["Last"] == "100.00"


def test_a_job_that_is_down_is_the_cause(open_page, aggregates, running, now):
    stale(aggregates, now)
    running(job="stopped")
    assert "The Spark job stopped at" in said(open_page())


def test_windows_that_come_late_are_delayed(open_page, aggregates, running, now):
    write(aggregates, "a.parquet", window(end=now - 30 * MINUTE))
    running()
    assert ":orange-badge[:material/schedule: Delayed]" in said(open_page())


def test_a_closed_market_is_told_as_one(open_page, aggregates, running, now):
    stale(aggregates, now)
    running("market_closed")
    app = open_page()
    assert ":gray-badge[:material/bedtime: Market closed]" in said(app)
    assert "The market is closed" in said(app)


def test_end_of_day_prices_are_told_as_such(open_page, aggregates, running, now):
    write(aggregates, "a.parquet", window(end=now - 3 * SECOND, source="alpha-vantage"))
    quotes = {"IBM": SymbolStatus(source="alpha-vantage", as_of="2026-02-27", count=1)}
    running(feed="alpha-vantage", symbols=quotes)
    app = open_page()
    assert ":blue-badge[:material/event_available: End of day]" in said(app)
    assert "These are end-of-day prices of 2026-02-27, not current ones" in said(app)


def test_a_card_says_the_day_of_its_price(open_page, aggregates, running, now):
    write(aggregates, "a.parquet", window(end=now - 3 * SECOND, source="alpha-vantage"))
    quote = SymbolStatus(source="alpha-vantage", as_of="2026-02-27", count=1)
    running(feed="alpha-vantage", symbols={"IBM": quote}, details=None)
    assert "End-of-day price of 2026-02-27" in said(open_page())


def test_what_stands_in_after_a_limit_is_told(open_page, aggregates, running, now):
    rows = [window(end=now - 60 * SECOND, source="alpha-vantage"), window(end=now - 3 * SECOND)]
    for at, row in enumerate(rows):
        write(aggregates, f"{at}.parquet", row)
    due = format_time(now + 30 * MINUTE)
    budget = Budget(daily_calls=25, used=25, remaining=0, next_call_at=due)
    running("falling_back", feed="alpha-vantage", fallback="synthetic", budget=budget)
    app = open_page()
    assert ":orange-badge[:material/alt_route: Falling back]" in said(app)
    assert "Prices are made up for now (synthetic), in place of Alpha Vantage's" in said(app)
    assert "Alpha Vantage prices are real (solid lines)" in said(app)
    names = {it["name"] for it in charts(app)[0]["data"]}
    assert {"Average · Alpha Vantage (end of day)", "Average · Synthetic"} <= names


def test_a_folder_that_cannot_be_read_is_an_error(open_page, aggregates):
    aggregates.rmdir()
    app = open_page()
    assert ":red-badge[:material/error: Error]" in said(app)
    assert "No such file or directory" in said(app)


def test_an_object_store_that_does_not_answer_gets_no_advice_about_a_folder(now, status):
    why = "the object store does not answer"
    location = Location("s3a://bucket/prefix")
    data = PageData(Snapshot(), Statuses(), now, status.parent, location, unreadable=why)
    wanted = choice({})
    view = View(data, wanted, data.range_of(wanted), IN_UTC, palette("light"))
    assert page._state(view).causes == (why, "The page keeps trying")


def test_the_time_of_a_trade_is_told_by_the_clock_of_now_whatever_range_is_shown(status):
    """New York has its winter's clock in December; the range is of a summer long ago."""
    now = datetime(2026, 12, 1, 15, tzinfo=UTC)
    wanted = choice({"range": "custom", "from": "2020-07-01T12:00Z", "to": "2020-07-01T13:00Z"})
    data = PageData(Snapshot(), Statuses(), now, status.parent, Location())
    zone = zone_of("local", "America/New_York", [])
    clocks = View(data, wanted, data.range_of(wanted), zone, palette("light")).clocks
    in_use = [it for it in clocks if it.since_ms <= now.timestamp() * 1000]
    assert (in_use[-1].name, in_use[-1].offset_ms) == ("EST", -5 * 3_600_000)


@pytest.mark.usefixtures("live")
def test_windows_that_can_no_longer_be_read_stay_where_they_are(open_page, aggregates, tmp_path):
    app = open_page()
    before = cards(app)
    aggregates.rename(tmp_path / "away")
    app.run()
    assert ":red-badge[:material/error: Error]" in said(app)
    assert "No such file or directory" in said(app)
    assert before
    assert cards(app) == before


def test_only_broken_files_are_an_error(open_page, aggregates, now):
    path = write(aggregates, "a.parquet", window(end=now))
    path.write_bytes(path.read_bytes()[:-9])
    app = open_page()
    assert ":red-badge[:material/error: Error]" in said(app)
    assert "a.parquet" in said(app)


@pytest.mark.usefixtures("live")
def test_a_broken_file_is_named_and_the_page_lives_on(open_page, aggregates, now):
    path = write(aggregates, "bad_file.parquet", window(end=now))
    path.write_bytes(path.read_bytes()[:-9])
    app = open_page()
    assert ":green-badge[:material/sensors: Live]" in said(app)
    assert "1 file cannot be read and is left out" in said(app)
    assert "bad_file.parquet" in said(app)


def test_a_finished_replay_of_the_past_is_shown_whole_and_says_when_it_was(
    open_page, aggregates, running, now
):
    end = datetime(2013, 3, 1, tzinfo=UTC)
    for year in range(4):
        rows = window("IBM", end - timedelta(days=365 * year), source="replay")
        path = write(aggregates, f"{year}.parquet", rows)
        os.utime(path, (now.timestamp() - 60,) * 2)
    running("finished", symbols=["IBM"])
    app = open_page()
    assert ":gray-badge[:material/pause_circle: Quiet]" in said(app)
    assert "The replay is finished" in said(app)
    assert "Replayed prices, not the current market" in said(app)
    assert "The newest window is of 2013-03-01" in said(app)
    assert "range" not in app.query_params
    assert control(app, "range").value == "all"
    average = charts(app)[0]["data"][0]
    assert average["name"] == "Average · Replay"


@pytest.mark.usefixtures("live")
def test_no_symbol_gets_a_sentence_instead_of_a_chart(open_page):
    app = open_page(symbols="")
    assert app.info[0].value.startswith("No symbol is chosen")
    assert not charts(app)


@pytest.mark.usefixtures("live")
def test_no_data_in_the_range_gets_a_sentence(open_page):
    bounds = {"from": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"}
    app = open_page(range="custom", **bounds)
    assert "None of the chosen symbols has a window in this range" in said(app)
    assert "No window in this range" in said(app)
    app = open_page(range="custom", page="symbol", **bounds)
    assert "IBM has no window in this range" in said(app)


@pytest.mark.usefixtures("live")
def test_the_address_chooses_symbols_and_range(open_page):
    app = open_page(symbols="TSLA", range="5m")
    assert list(cards(app)) == ["TSLA"]
    layout = charts(app)[0]["layout"]
    assert "Chart of TSLA: Average, 5 min. The table in place" in said(app)
    start, end = layout["xaxis"]["autorangeoptions"]["include"]
    assert end - start == 5 * 60 * 1000
    assert "<b>TSLA</b>" in [it["text"] for it in layout["annotations"]]


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("name", "chosen"),
    [("range", "1h"), ("chart", "heat"), ("page", "symbol"), ("every", "5"), ("tz", "market")],
)
def test_a_choice_goes_into_the_address(open_page, name, chosen):
    app = open_page()
    control(app, name).set_value(chosen).run()
    assert app.query_params[name] == chosen
    assert not app.exception


@pytest.mark.usefixtures("live")
def test_another_address_brings_its_own_choices_back(open_page):
    app = open_page(range="15m", symbols="IBM,TSLA")
    control(app, "range").set_value("1h").run()
    control(app, "symbols").set_value(["TSLA"]).run()
    app.query_params["range"], app.query_params["symbols"] = "15m", "IBM,TSLA"
    app.run()
    assert control(app, "range").value == "15m"
    assert control(app, "symbols").value == ["IBM", "TSLA"]
    assert (app.query_params["range"], app.query_params["symbols"]) == ("15m", "IBM,TSLA")


@pytest.mark.usefixtures("live")
def test_a_choice_outdoes_an_address_from_before_it(open_page):
    app = open_page()
    control(app, "range").set_value("1h").run()
    del app.query_params["range"]  # as a browser that has not heard of it yet
    control(app, "tz").set_value("market").run()
    assert (app.query_params["range"], app.query_params["tz"]) == ("1h", "market")


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(("name", "chosen"), [("bar", "15m"), ("axis", "log")])
def test_how_the_chart_looks_goes_into_the_address(open_page, name, chosen):
    app = open_page(chart="candles")
    control(app, name).set_value(chosen).run()
    assert app.query_params[name] == chosen
    assert not app.exception


@pytest.mark.usefixtures("live")
def test_an_indicator_is_typed_and_is_in_the_address(open_page):
    app = open_page(chart="candles")
    (field,) = app.multiselect
    assert field.value == ["VWAP"]
    field.set_value(["VWAP", "SMA 20", "EMA 9"]).run()
    assert app.query_params["indicators"] == "vwap:1,sma:20,ema:9"
    app.multiselect[0].set_value([]).run()
    assert app.query_params["indicators"] == ""
    app.multiselect[0].set_value(["VWAP"]).run()
    assert "indicators" not in app.query_params
    assert not app.exception


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("page", ["market", "symbol"])
def test_the_address_says_how_the_chart_looks(open_page, page):
    app = open_page(
        page=page, chart="candles", bar="1m", axis="percent", indicators="sma:2,rsi:2", symbol="IBM"
    )
    figures = [json.loads(it.proto.spec) for it in app.get("plotly_chart")]
    layout = next(it["layout"] for it in figures if "yaxis3" in it["layout"])
    assert layout["yaxis"]["ticksuffix"] == " %"


@pytest.mark.usefixtures("live")
def test_a_wall_has_no_controls(open_page):
    app = open_page(wall="1")
    assert not app.button_group
    assert not app.toggle
    assert "Spikes of" not in said(app)
    assert cards(app)


@pytest.mark.usefixtures("live")
def test_the_default_leaves_the_address(open_page):
    app = open_page(chart="heat")
    control(app, "chart").set_value("lines").run()
    assert "chart" not in app.query_params


@pytest.mark.usefixtures("live")
def test_a_custom_range_begins_with_what_was_shown(open_page):
    app = open_page()
    control(app, "range").set_value("custom").run()
    assert app.query_params["range"] == "custom"
    assert "from" in app.query_params
    assert len(app.get("date_time_input")) == 2
    assert not app.exception


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(("begin", "typed"), [("05:30", "05:45"), ("06:30", "06:45")])
def test_a_time_in_an_hour_that_comes_twice_stays_of_its_clock(open_page, begin, typed):
    day = "2026-11-01T"  # 01:30 in New York, in summer time and an hour later
    bounds = {"from": f"{day}{begin}Z", "to": f"{day}09:00Z"}
    app = open_page(range="custom", tz="market", **bounds)
    first, _ = app.get("date_time_input")
    assert first.value == datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001 - as a person types it
    first.set_value(datetime(2026, 11, 1, 1, 45)).run()  # noqa: DTZ001
    assert app.query_params["from"] == f"{day}{typed}Z"


@pytest.mark.usefixtures("live")
def test_a_pause_says_since_when(open_page):
    app = open_page()
    app.toggle(key="paused-1").set_value(True).run()
    assert app.query_params["paused"] == "1"
    assert "Paused at " in said(app)


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("chart", "kind"), [("candles", "candlestick"), ("compare", "scatter"), ("heat", "heatmap")]
)
def test_the_large_chart_has_other_kinds(open_page, chart, kind):
    assert charts(open_page(chart=chart))[0]["data"][0]["type"] == kind


@pytest.mark.usefixtures("live")
def test_a_table_in_place_of_the_chart_has_its_figures(open_page, aggregates, now):
    newest = window("TSLA", now.replace(microsecond=0), max_price=104.5, average=103.25, vwap=103.5)
    write(aggregates, "newest.parquet", newest)
    app = open_page(chart="table")
    assert charts(app) == []
    lines = [it for it in said(app).splitlines() if it.startswith("|")]
    assert lines[0] == "| To | Symbol | Source | Average | VWAP | Minimum | Maximum | Last |"
    assert "**TSLA**" in lines[2]
    assert lines[2].endswith("| 103.25 | 103.50 | 102.25 | 104.50 | 103.25 |")
    assert "| none |" in lines[3]


@pytest.mark.usefixtures("live")
def test_spikes_are_listed(open_page, aggregates, now):
    spike = window(
        "TSLA", now.replace(microsecond=0), max_price=120.0, average=100.0, max_deviation_pct=20.0
    )
    write(aggregates, "spike.parquet", spike)
    app = open_page()
    assert "Spikes of 0.5 % and more" in said(app)
    assert "| **TSLA** |" in said(app)
    assert "| 20.00 % |" in said(app)


@pytest.mark.usefixtures("live")
def test_a_change_of_state_is_told_once(open_page, running):
    app = open_page()
    app.run()
    assert not app.toast
    running("falling_back", feed="alpha-vantage")
    app.run()
    assert [it.value.split(".")[0] for it in app.toast] == ["**Falling back** (before: Live)"]
    app.run()
    assert not app.toast


@pytest.mark.usefixtures("live")
def test_a_symbol_without_windows_says_why(open_page, running):
    running(symbols=[*FIVE, "NOPE"])
    assert "No window in this range" in said(open_page())


@pytest.mark.usefixtures("live")
def test_the_symbol_page_shows_one_in_depth(open_page):
    app = open_page(page="symbol", symbol="TSLA")
    assert "#### **TSLA** :orange-badge" in said(app)
    labels = [it.label for it in app.metric]
    assert {"Last", "High", "Low", "Volatility", "Spikes"} <= set(labels)
    assert charts(app)[0]["data"][0]["type"] == "candlestick"


@pytest.mark.parametrize(("first", "over"), [(3, "over 3 min"), (14, "over 15 min")])
def test_the_change_of_a_symbol_says_over_how_long_there_are_windows(
    open_page, aggregates, running, first, over
):
    end = datetime.now(UTC).replace(
        hour=12, minute=30
    )  # or yesterday's would have a file of their own
    rows = [window("TSLA", end=end - at * MINUTE) for at in (first, 0)]
    write(aggregates, "a.parquet", *rows)
    running()
    page = open_page(page="symbol", symbol="TSLA", range="15m")
    assert over in {it.value for it in page.caption}


@pytest.mark.usefixtures("live")
def test_the_time_of_a_highest_price_says_how_long_the_bar_is_that_it_was_in(
    open_page, aggregates, now
):
    end = (now - timedelta(days=4)).replace(minute=7, second=0, microsecond=0)
    write(aggregates, "old.parquet", window("TSLA", end=end, max_price=500.0))
    bars, windows = (
        {it.value for it in open_page(page="symbol", symbol="TSLA", range=name).caption}
        for name in ("all", "15m")
    )
    assert f"15 min to {end:%Y-%m-%d %H}:07:00 UTC" in bars
    assert not [it for it in windows if " min to " in it]


@pytest.mark.usefixtures("live")
def test_the_pipeline_page_shows_each_stage(open_page, running):
    sample = RefusedSample(
        reason="bad_time",
        detail="no real time",
        partition=0,
        offset=7,
        kafka_timestamp="2026-03-02T12:00:00.000000Z",
        payload="{|}",
    )
    job = {
        "refused": {"bad_time": 3},
        "refused_samples": [sample],
        "late_window_updates": 4,
        "watermark": "2026-03-02T12:00:00.000000Z",
        "notices": ["late events come: set WATERMARK_DELAY"],
    }
    budget = Budget(daily_calls=25, used=20, remaining=5, next_call_at=None)
    running(details=job, budget=budget, outcomes={"quote": 20})
    app = open_page(page="pipeline")
    text = said(app)
    for stage in ("Producer", "Broker", "Spark job", "Files", "Page"):
        assert f"**{stage}**" in text
    assert text.count(":green-badge[:material/check_circle: Well]") == 5
    assert "| `bad_time` | 3 |" in text
    assert "no real time" in text
    assert "late events come" in text
    assert "Spark 3.5.3" in text


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(("state", "at"), [("live", "2026-03-02 12:30:00 UTC"), ("failed", "none")])
def test_the_pipeline_page_says_when_the_next_call_is_unless_there_is_none(
    open_page, running, state, at
):
    due = "2026-03-02T12:30:00.000000Z"
    budget = Budget(daily_calls=25, used=20, remaining=5, next_call_at=due)
    running(state, feed="alpha-vantage", budget=budget)
    assert f"<dt>Next call</dt><dd>{at}</dd>" in said(open_page(page="pipeline"))


@pytest.mark.usefixtures("live")
def test_the_pipeline_page_says_how_far_a_backlog_is(open_page, running):
    backlog = CatchingUp(records_left=3_200_000, records_per_second=25_000.0, seconds_left=128.0)
    running(details={"catching_up": backlog})
    text = said(open_page(page="pipeline"))
    assert "catching up: 3,200,000 records to go, about 2 min at 25,000/s" in text
    assert ":orange-badge[:material/warning: Take note]" in text


@pytest.mark.usefixtures("live")
def test_the_pipeline_page_names_each_partition_that_holds_windows_back(open_page, running):
    held_back = [
        HeldBack(partition=0, since=None),
        HeldBack(partition=3, since="2026-03-02T14:02:10.000000Z"),
    ]
    running(details={"held_back_by": held_back})
    text = said(open_page(page="pipeline"))
    assert "Partition 0 has had no valid event yet and holds windows back" in text
    assert (
        "Partition 3 has had no newer event since 2026-03-02 14:02:10 UTC and holds windows back:"
        " its producer sends no heartbeats"
    ) in text


@pytest.mark.usefixtures("live")
def test_the_live_page_says_which_partition_windows_wait_for(open_page, running):
    running(details={"held_back_by": [HeldBack(partition=3, since=None)]})
    assert "Windows wait for partition 3: no valid event yet" in said(open_page())


def test_windows_that_a_partition_holds_back_are_told_once(open_page, aggregates, running, now):
    stale(aggregates, now)
    running(details={"held_back_by": [HeldBack(partition=3, since=None)]})
    text = said(open_page())
    assert ":orange-badge[:material/sync_problem: Stale]" in text
    assert text.count("Windows wait for partition 3: no valid event yet") == 1


def test_the_pipeline_page_is_there_before_anything_has_reported(open_page):
    app = open_page(page="pipeline")
    assert "It has not reported yet" in said(app)
    assert "Waiting" in said(app)


@pytest.mark.usefixtures("live")
def test_the_export_is_of_what_the_address_shows(aggregates, status):
    found = page_data.page_data(Location(str(aggregates)), status)
    scope = routes.asked_scope(found, {"symbols": "TSLA,IBM", "range": "5m"})
    assert set(scope.bars) == {("IBM", "synthetic"), ("TSLA", "synthetic")}
    assert scope.shown.span == 5 * MINUTE


@pytest.mark.parametrize("paused", ["1", "0"])
def test_the_export_of_a_paused_page_has_what_it_shows_and_nothing_newer(
    open_page, live, aggregates, status, paused
):
    page = open_page(paused=paused)
    (links,) = [it.proto.body for it in page.get("html") if "/export" in it.proto.body]
    query = unescape(links).partition("csv?")[2].partition('"')[0]
    write(aggregates, "newer.parquet", window("IBM", live + SECOND))
    found = page_data.page_data(Location(str(aggregates)), status)
    scope = routes.asked_scope(found, dict(parse_qsl(query)))
    ends = {key[0]: from_us(bars.end[-1]) for key, bars in scope.bars.items()}
    shown = dict.fromkeys(FIVE, live)
    assert ends == (shown if paused == "1" else shown | {"IBM": live + SECOND})


@pytest.mark.parametrize("shown", ["market", "symbol"])
def test_an_open_page_keeps_no_snapshot_but_the_newest(open_page, live, aggregates, shown):
    kept = open_page(page=shown)
    before = weakref.ref(page_data.follower(Location(str(aggregates))).snapshot())
    assert before().newest.window_end == live
    write(aggregates, "b.parquet", window("IBM", live + 5 * SECOND))
    open_page(page=shown)
    gc.collect()
    assert before() is None
    assert not kept.exception
