"""Quotes of a provider, synthetic prices between them, and a key that the provider rejects."""

import json
import time

import pytest
from browsing import CHART, STATE, Visit, see
from events import read_event
from provider import LAST_TRADING_DAY
from shown import contents
from stack import SHORT_WINDOWS
from waiting import wait_for

GOOD, BAD, SPENT = "good5f3a9c0017e2", "bad77b1d04c9ee3", "spent20d7be51c4"


@pytest.fixture(scope="module")
def stack(new_stack, tmp_path_factory):
    # The way out is a proxy, which Docker tells each container of: what is inside needs none.
    docker = tmp_path_factory.mktemp("docker")
    proxies = {"default": {"httpProxy": "http://provider:8080"}}
    (docker / "config.json").write_text(json.dumps({"proxies": proxies}))
    stack = new_stack(
        "provider",
        ALPHA_VANTAGE_API_KEY=GOOD,
        ALPHA_VANTAGE_BASE_URL="http://quotes.invalid",
        ALPHA_VANTAGE_DAILY_CALLS="28800",  # one in 3 s
        SYMBOLS="IBM,AAPL",
        **SHORT_WINDOWS,
    )
    stack.environment |= {
        "COMPOSE_FILE": "compose.yaml:tests/compose.provider.yaml",
        "DOCKER_CONFIG": str(docker),
    }
    stack.up("provider")
    stack.up()
    return stack


def quotes(stack):
    events = (read_event(record) for record in stack.records())
    return [event for event in events if event and event.symbol]


def calls(stack):
    return [line for line in stack.logs("provider").splitlines() if "call of" in line]


def test_real_quotes_and_synthetic_ones_are_told_apart_in_the_topic(stack):
    def several():
        return [it for it in quotes(stack) if it.source == "alpha-vantage"][3:]

    wait_for("quotes of the provider", several, 60)
    found = quotes(stack)
    assert {it.source for it in found} == {"alpha-vantage", "synthetic"}
    assert {it.symbol for it in found} == {"IBM", "AAPL"}
    real = [it.price for it in found if it.source == "alpha-vantage"]
    assert real == sorted(real)  # the provider's go up by a cent a call
    assert real[0] == pytest.approx(200.01)
    walked = [it.price for it in found if it.source == "synthetic"]
    assert all(abs(price - 200) < 20 for price in walked), "they walk on from the real ones"


def test_they_are_told_apart_in_the_windows(stack):
    calculation = stack.check_windows()
    assert {key.source for key in calculation.rows} == {"alpha-vantage", "synthetic"}


def test_they_are_told_apart_on_the_page(stack, browser, artefacts):
    visit = Visit(browser, stack.page_url)
    visit.page.locator(CHART).first.wait_for(timeout=60_000)
    text = visit.page.locator("[data-testid=stPlotlyChart] .legend").first.text_content()
    visit.page.screenshot(path=artefacts / "page-alpha-vantage.png", full_page=True)
    assert "Average · Synthetic" in text
    assert "Average · Alpha Vantage" in text
    assert visit.troubles == []
    visit.page.close()


def test_each_container_was_told_of_the_proxy(stack):
    for service, container in stack.containers().items():
        assert "HTTP_PROXY=http://provider:8080" in container["Config"]["Env"], service


def test_the_key_is_nowhere_but_in_the_producer(stack):
    for service, container in stack.containers().items():
        holds = any(GOOD in line for line in container["Config"]["Env"])
        assert holds == (service == "producer"), service
        assert GOOD not in stack.logs(service)
        history = stack.shell("docker", "history", "--no-trunc", container["Image"]).stdout
        assert GOOD not in history
    kept = dict(contents(stack.data))
    assert any(path.name.startswith("alpha-vantage-") for path in kept)
    assert not [path for path, content in kept.items() if GOOD.encode() in content]
    assert not [it for it in stack.records() if it.value and GOOD.encode() in it.value]


def test_a_restart_does_not_forget_the_calls(stack):
    before = stack.status("producer")["details"]["budget"]["used"]
    stack.compose("restart", "producer")
    stack.wait_healthy()
    assert stack.status("producer")["details"]["budget"]["used"] >= before


def test_without_synthetic_ones_the_page_says_that_prices_are_of_the_end_of_a_day(
    stack, browser, artefacts
):
    stack.set(FALLBACK="none")
    stack.up()
    stack.set(FALLBACK="")
    picture = artefacts / "page-end-of-day.png"
    see(browser, stack.page_url, "End of day", LAST_TRADING_DAY, picture=picture)


def test_once_the_calls_are_used_up_the_page_says_that_prices_are_made_up(
    stack, browser, artefacts
):
    stack.set(ALPHA_VANTAGE_API_KEY=SPENT)
    stack.up()
    words = ("Falling back", "requests per day", "next call is due")
    see(browser, stack.page_url, *words, picture=artefacts / "page-falling-back.png")
    assert SPENT not in str(stack.status("producer")) + stack.logs("producer")


def test_a_rejected_key_is_told_and_not_tried_again(stack, browser, artefacts):
    stack.set(ALPHA_VANTAGE_API_KEY=BAD)
    stack.compose("stop", "producer")  # no more calls under the good one
    before = len(calls(stack))
    stack.up()
    status = wait_for(
        "state failed",
        lambda: (it := stack.status("producer")).get("state") == "failed" and it,
        60,
    )
    assert "key" in status["last_error"].lower()
    assert BAD not in str(status)
    assert len(calls(stack)) == before + 1
    stack.wait_healthy()
    time.sleep(5)  # longer than two calls apart
    assert len(calls(stack)) == before + 1
    assert stack.restarts()["producer"] == 0
    assert BAD not in stack.logs("producer")
    visit = Visit(browser, stack.page_url)
    wait_for("the page to say so", lambda: "key" in visit.text(STATE).lower(), 60)
    visit.page.screenshot(path=artefacts / "page-bad-key.png", full_page=True)
    assert BAD not in visit.text("body")
    visit.page.close()
