"""The page in each of its states, without a browser."""

import json
import os
from datetime import UTC, datetime, timedelta

import plotly.io
import pytest
import streamlit as st
from conftest import job_details, window, write, write_status
from streamlit.testing.v1 import AppTest

from contracts.status import ProducerDetails, SymbolStatus
from dashboard import page
from dashboard.live_chart import PLOTLY_PATH

SECOND = timedelta(seconds=1)
FIVE = ("IBM", "AAPL", "MSFT", "TSLA", "AMZN")


def script(aggregates, status):
    from pathlib import Path  # noqa: PLC0415 - AppTest runs this function's source alone

    from dashboard.page import show  # noqa: PLC0415

    show(Path(aggregates), Path(status))


@pytest.fixture(autouse=True)
def _plain_chart(monkeypatch):
    """Draw with Streamlit's own chart: its components need a server, which AppTest has not."""

    def draw(figure, height_px, *, key):
        st.plotly_chart(plotly.io.from_json(figure), height=height_px, key=key)

    monkeypatch.setattr(page, "live_chart", draw)
    st.cache_resource.clear()


@pytest.fixture
def open_page(aggregates, status):
    def open_(**address):
        app = AppTest.from_function(script, args=(str(aggregates), str(status)), default_timeout=30)
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return open_


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def running(status, now):
    def write_(state="live", *, at=now, symbols=FIVE, last_error=None, job="running"):
        details = ProducerDetails(
            feed="synthetic",
            run_id="a",
            topic="raw_api_events",
            published=10,
            broker_connected=True,
            symbols={symbol: SymbolStatus(count=2) for symbol in symbols},
        )
        write_status(status, state, details, service="producer", now=at, last_error=last_error)
        write_status(status, job, job_details(), service="spark-job", now=at)

    return write_


@pytest.fixture
def live(aggregates, running, now):
    running()
    end = now.replace(microsecond=0) - 3 * SECOND
    for at in range(3):
        rows = [window(symbol, end - 5 * at * SECOND, average=100.0 + at) for symbol in FIVE]
        write(aggregates, f"{9 - at}.parquet", *rows)
    return end


def said(app):
    assert not app.exception
    return "\n".join([*(it.value for it in app.markdown), *(it.value for it in app.caption)])


def charts(app):
    return [json.loads(it.proto.spec) for it in app.get("plotly_chart")]


def test_waiting_says_what_is_awaited(open_page):
    app = open_page()
    assert ":gray-badge[:material/hourglass_top: Waiting]" in said(app)
    assert "The producer has not reported yet" in said(app)
    assert "The Spark job has not reported yet" in said(app)
    assert "The first window closes about 9 s after the first quote" in said(app)
    assert not app.metric
    assert not charts(app)


@pytest.mark.usefixtures("live")
def test_live_shows_a_card_for_each_symbol_and_the_chart(open_page):
    app = open_page()
    assert ":green-badge[:material/sensors: Live]" in said(app)
    assert "Synthetic prices, not market data" in said(app)
    labels = ["Last", "Average", "Maximum"] * 5
    assert [it.label for it in app.metric] == labels
    assert [it.value for it in app.metric[:3]] == ["100.00", "100.00", "101.00"]
    assert app.metric[0].delta == "-1.96 %"
    assert len(charts(app)[0]["data"]) == 15  # average, maximum and spikes of each


def test_a_card_says_until_when_its_window_is(open_page, live):
    assert f"1 min to {live:%H:%M:%S} UTC · " in said(open_page())


@pytest.mark.usefixtures("live")
def test_another_look_shows_what_is_new(open_page, aggregates, now):
    app = open_page()
    write(aggregates, "new.parquet", window("IBM", now.replace(microsecond=0), average=200.0))
    app.run()
    assert app.metric[0].value == "200.00"


def test_stale_says_since_when_and_why(open_page, aggregates, running, now):
    path = write(aggregates, "a.parquet", window(end=now - 90 * SECOND))
    old = (now - 88 * SECOND).timestamp()
    os.utime(path, (old, old))
    running("failed", last_error="the key was rejected")
    app = open_page()
    assert ":orange-badge[:material/sync_problem: Stale]" in said(app)
    assert "No new window for 1 min, since " in said(app).replace("\\", "")
    assert "The feed of the producer has failed: the key was rejected" in said(app).replace(
        "\\", ""
    )
    assert app.metric[0].value == "100.00"


def test_a_folder_that_cannot_be_read_is_an_error(open_page, aggregates):
    aggregates.rmdir()
    app = open_page()
    assert ":red-badge[:material/error: Error]" in said(app)
    assert "No such file or directory" in said(app)


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
    assert "bad_file.parquet" in said(app).replace("\\", "")


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
    assert "Replayed prices, not the market of now" in said(app)
    assert "The newest window is of 2013-03-01" in said(app)
    assert "range" not in app.query_params
    assert len(app.button_group) == 2
    average = charts(app)[0]["data"][0]
    assert average["name"] == "Average · Replay"


@pytest.mark.usefixtures("live")
def test_no_symbol_gets_a_sentence_instead_of_a_chart(open_page):
    app = open_page(symbols="")
    assert app.info[0].value.startswith("No symbol is chosen")
    assert not charts(app)


@pytest.mark.usefixtures("live")
def test_the_address_chooses_symbols_and_range(open_page):
    app = open_page(symbols="TSLA", range="5m")
    assert len(app.metric) == 3
    layout = charts(app)[0]["layout"]
    start, end = layout["xaxis"]["autorangeoptions"]["include"]
    assert end - start == 5 * 60 * 1000
    assert [it["text"] for it in layout["annotations"]] == ["<b>TSLA</b>"]


@pytest.mark.usefixtures("live")
def test_a_choice_goes_into_the_address(open_page):
    app = open_page()
    app.button_group(key="range").set_value("1h").run()
    assert app.query_params["range"] == "1h"


def test_a_symbol_without_windows_says_why(open_page, running, live):
    running(symbols=[*FIVE, "NOPE"])
    assert "No window in this range" in said(open_page())
    assert live


def test_plotly_comes_from_this_server():
    assert PLOTLY_PATH.startswith("/plotly-")
