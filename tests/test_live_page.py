"""Live prices on the page: the real stack, a real Chromium, ten pages."""

import json
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from browsing import AWAY, CHART, PRICE, STATE, Visit
from playwright.sync_api import Error as PlaywrightError
from waiting import wait_for

PAGES = 10

# The first price that stands on any card, and when it did (ms since 1970).
WATCH_FIRST = """() => {
    const look = () => {
        const price = document.querySelector('.live-price[data-shown] b');
        if (!price) return requestAnimationFrame(look);
        const state = document.querySelector('.st-key-state').innerText;
        window.first = { at: Date.now(), id: price.parentElement.dataset.shown, state };
    };
    look();
}"""

# Ten times a second: where IBM's line ends, and where the newest circle over it is (time, price).
WATCH_LINE = """() => {
    window.seen = [];
    setInterval(() => {
        const node = document.querySelector('.js-plotly-plot');
        const circle = node?.querySelector('.so-far circle');
        const line = node?._fullLayout?.meta?.live?.find(({ symbol }) => symbol === 'IBM');
        if (!line) return;
        const { xaxis, yaxis } = node._fullLayout;
        const at = (axis, px) => axis.p2d(Number(px) - axis._offset);
        window.seen.push({
            last: line.last,
            open: circle && [
                at(xaxis, circle.getAttribute('cx')), at(yaxis, circle.getAttribute('cy')),
            ],
            counted: circle && JSON.parse(circle.dataset.counted),
            px: Math.abs(yaxis.p2d(0) - yaxis.p2d(1)),
        });
    }, 100);
}"""


def go(page, url, selector):
    """Open a page, once somebody answers, and see a part of it."""

    def there():
        with suppress(PlaywrightError):
            page.goto(url)
            page.locator(selector).first.wait_for(timeout=30_000)
            return True
        return False

    wait_for(f"{selector} at {url}", there, 120)


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("live")
    stack.up("dashboard", "gateway", "spark-job")
    return stack


@pytest.fixture(scope="module")
def first(stack, browser):
    """Open the page before there is any quote, and then start the producer."""
    visit = Visit(browser, stack.page_url)
    visit.page.evaluate(WATCH_FIRST)
    stack.compose("up", "--detach", "producer")
    return visit


def test_the_first_prices_are_there_before_a_window_is(stack, first, artefacts):
    wait_for("a first price", lambda: first.page.evaluate("window.first"), 30, every_s=0.1)
    first.page.screenshot(path=artefacts / "page-first-prices.png")
    found = first.page.evaluate("window.first")
    assert "Waiting" in found["state"]
    quotes = [it for it in stack.records() if b'"quote"' in it.value]
    assert any(json.loads(it.value)["event_id"] == found["id"] for it in quotes)
    took_s = found["at"] / 1000 - quotes[0].timestamp_ms / 1000
    print(f"first price on the page after {took_s:.2f} s")  # noqa: T201 - a figure of the run
    assert took_s < 10


@pytest.fixture(scope="module")
def drawn(first):
    go(first.page, f"{first.url}/?range=5m&symbols=IBM&every=1", CHART)
    yield first
    assert not [it for it in first.troubles if it.startswith("error: ")]


def test_the_last_trade_moves_on_its_card_and_is_one_of_the_topic(stack, drawn):
    price = drawn.page.locator(PRICE)
    shown = set()

    def moved():  # both at one moment: the next trade may come between two looks
        found = price.evaluate("it => [it.dataset.shown, it.querySelector('b')?.innerText]")
        if all(found):
            shown.add(tuple(found))
        return len(shown) >= 5

    wait_for("five trades", moved, 30, every_s=0.1)
    sent = {it["event_id"]: it["price"] for it in map(json.loads, values(stack)) if "price" in it}
    assert {id_: f"{sent[id_]:,.2f}" for id_, _ in shown} == dict(shown)


# At each frame: whether IBM's card has its price, and which of its elements that is.
WATCH_CARD = """() => {
    window.frames = [];
    const look = () => {
        const card = document.querySelector('.st-key-card-IBM .card');
        card.seen ??= window.frames.length;
        window.frames.push([card.seen, Boolean(card.querySelector('.live-price b')?.innerText)]);
        requestAnimationFrame(look);
    };
    look();
}"""


def test_a_card_that_is_drawn_anew_has_its_price_at_once(drawn):
    drawn.page.evaluate(WATCH_CARD)

    def drawn_anew():
        found = drawn.page.evaluate("window.frames")
        return found if len({card for card, _ in found}) >= 4 else None

    frames = wait_for("a card that was drawn anew three times", drawn_anew, 60)
    assert [has_price for _, has_price in frames].count(False) == 0


def values(stack):
    return [it.value for it in stack.records()]


def drawn_both_ways(seen):
    """Give of each window that was seen so far and final: its price then and then, pixels a unit.

    In order of their ends.
    """
    final = {it["last"][0]: it["last"][1] for it in seen}
    so_far = {round(it["open"][0]): (it["open"][1], it["px"]) for it in seen if it["open"]}
    return [(final[end], *so_far[end]) for end in sorted(set(final) & set(so_far))]


def test_the_open_window_becomes_the_final_one_where_it_stands(drawn, artefacts):
    page = drawn.page
    page.evaluate(WATCH_LINE)

    def some():
        found = page.evaluate("window.seen")
        return found if len(drawn_both_ways(found)) >= 3 else None

    seen = wait_for("three windows that become final", some, 120)
    page.screenshot(path=artefacts / "page-so-far.png")
    jumps_px = [abs(final - so_far) * px for final, so_far, px in drawn_both_ways(seen)]
    assert max(jumps_px) < 4, jumps_px  # a trade may come after the last that was sent
    assert median(jumps_px) < 2, jumps_px
    with_circle = [it["open"] is not None for it in seen]
    assert sum(with_circle) > 0.9 * len(seen)
    assert all(one <= other for one, other in pairwise(it["last"][0] for it in seen))
    counted = [it["counted"] for it in seen if it["counted"]]
    assert {(symbol, source) for symbol, source, _ in counted} == {("IBM", "synthetic")}
    offsets = [offsets["0"] for _, _, offsets in counted]
    assert offsets == sorted(offsets)
    assert offsets[0] < offsets[-1]


# The candle that is not over, once it is drawn within its axis: the two prices of its body, and up
# to which offset it counts.
CANDLE = """() => {
    const node = document.querySelector('.js-plotly-plot');
    const body = [...node?.querySelectorAll('[data-candle]') ?? []].at(-1);
    const [symbol, source, offsets] = JSON.parse(body?.dataset.candle ?? '[]');
    if (!offsets || !('0' in offsets)) return null;
    const { yaxis } = node._fullLayout;
    const path = body.getAttribute('d').match(/^M[^,]+,([^H]+)H[^V]+V([^H]+)H/);
    const [, top, bottom] = path.map(Number);
    const px = [bottom, top].map((it) => it - yaxis._offset);
    if (px.some((it) => it <= 0 || it >= yaxis._length)) return null;
    return { symbol, source, offset: offsets['0'], prices: px.map((it) => yaxis.p2d(it)) };
}"""


def test_the_candle_that_is_not_over_is_what_the_records_give(stack, browser, artefacts):
    visit = Visit(browser, f"{stack.page_url}/?range=15m&symbol=IBM&chart=candles&bar=1m&every=1")
    page, found = visit.page, {}

    def drawn_often():
        candle = page.evaluate(CANDLE)
        if candle:
            assert (candle["symbol"], candle["source"]) == ("IBM", "synthetic")
            found[candle["offset"]] = candle["prices"]
        return len(found) >= 5

    wait_for("a candle that moved four times", drawn_often, 90, every_s=0.1)
    page.screenshot(path=artefacts / "page-candle-so-far.png")
    records = [(it.offset, json.loads(it.value)) for it in stack.records()]
    for offset, body in found.items():
        before = [event for at, event in records if at < offset]
        minute = max(it["event_time"] for it in before)[:16]
        quotes = [
            it for it in before if it.get("symbol") == "IBM" and it["event_time"][:16] == minute
        ]
        quotes.sort(key=lambda it: it["event_time"])
        assert body == pytest.approx(sorted([quotes[0]["price"], quotes[-1]["price"]]), abs=1e-3)
    page.close()


def test_no_trade_makes_the_script_run(stack, browser):
    visit = Visit(browser, f"{stack.page_url}/?every=60&symbols=IBM")
    page = visit.page
    frames, said = [], []

    def say(text):
        said.append(text)

    def note(socket):
        socket.on("framereceived", lambda _: frames.append(socket.url))
        socket.on("framesent", say)

    page.on("websocket", note)
    go(page, visit.url, f"{PRICE} b")
    price = page.locator(PRICE)
    wait_for("the end of the run that opened the page", lambda: is_quiet(page, frames), 30)
    frames.clear()
    said.clear()
    ids = set()

    def shown():
        ids.add(price.get_attribute("data-shown"))
        return len(ids) > 3

    wait_for("four trades", shown, 30, every_s=0.1)
    assert not [it for it in frames if "_stcore" in it]

    def answered():  # or the next would come after a second; one may be on its way
        page.wait_for_timeout(100)
        return said.count('"painted"') >= sum(it.endswith("/live") for it in frames) - 1

    wait_for("an answer to each frame", answered, 5)
    page.close()


def is_quiet(page, frames):
    """Tell whether the server says nothing of Streamlit's for three seconds."""
    frames.clear()
    page.wait_for_timeout(3000)
    return not [it for it in frames if "_stcore" in it]


# What stands on the card and what at the axis of its candles, at one moment.
CARD_AND_AXIS = """() => ['.live-price b', '.so-far text'].map(
    it => document.querySelector(it)?.textContent
)"""


def test_the_last_trade_stands_at_the_axis_of_candles(stack, browser, artefacts):
    visit = Visit(browser, f"{stack.page_url}/?page=symbol&range=5m")
    go(visit.page, visit.url, ".so-far text")
    seen = set()

    def moved():
        card, axis = visit.page.evaluate(CARD_AND_AXIS)
        if card and axis:  # neither is there while it is drawn anew
            assert card == axis
            seen.add(card)
        return len(seen) >= 4

    wait_for("four trades", moved, 30, every_s=0.1)
    visit.page.screenshot(path=artefacts / "page-symbol-live.png")
    visit.page.close()


def large_prices(visit):
    """Tell which of IBM's prices are large: the last trade, the newest window's last."""
    return visit.page.locator(".st-key-card-IBM").evaluate("""card =>
        [...card.querySelectorAll('.live-price b, .newest dd')]
            .filter(price => parseFloat(getComputedStyle(price).fontSize) > 20)
            .map(price => price.parentElement.className)
    """)


def test_without_the_gateway_the_page_says_so_and_it_comes_back(stack, drawn, artefacts):
    assert large_prices(drawn) == ["live-price"]
    stack.compose("stop", "gateway")
    wait_for("what is away", lambda: AWAY in drawn.text(".st-key-notices"), 30)
    assert drawn.page.locator(PRICE).text_content() == ""
    assert not drawn.page.locator(".so-far > :is(path, circle)").count()
    assert "Live" in drawn.text(STATE)
    assert large_prices(drawn) == ["newest"]
    drawn.page.screenshot(path=artefacts / "page-live-away.png")
    stack.up("gateway")
    wait_for("prices again", lambda: drawn.text(PRICE), 30)
    wait_for("no word of it", lambda: AWAY not in drawn.text(".st-key-notices"), 10)


EVIL = "<img src=x onerror=alert(1)> **b** [a](http://e.example) %{x}"
RULE = f"""
[[rule]]
name = "{EVIL}"
kind = "price"
over = 0.01
symbols = ["IBM"]
made_up = true
"""
# What a browser is asked to tell, while it does so.
TOLD = """() => {
    window.told = [];
    const real = window.Notification;
    window.Notification = class extends real {
        constructor(title, options) {
            super(title, options);
            window.told.push([title, options.tag]);
        }
    };
}"""


def test_an_alert_is_told_once_listed_and_marked_and_names_are_text(stack, browser, artefacts):
    origin = stack.page_url
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.grant_permissions(["notifications"], origin=origin)
    context.add_init_script(f"({TOLD})()")
    market, alerts = context.new_page(), context.new_page()
    go(market, f"{origin}/?symbols=IBM&range=5m&every=1", f"{PRICE} b")
    go(alerts, f"{origin}/?page=alerts", "button.notify[data-permission=granted]")
    alerts.locator(".st-key-alerts").get_by_text("No alert yet").wait_for(timeout=5_000)
    (stack.folder / "volumes" / "alerts" / "rules.toml").write_text(RULE)
    market.locator("[data-testid=stToast]").get_by_text("IBM").wait_for(timeout=60_000)
    row = alerts.locator(".st-key-alerts tbody tr")
    row.first.wait_for(timeout=10_000)
    alerts.screenshot(path=artefacts / "page-alerts.png")
    assert row.count() == 1
    assert EVIL in row.inner_text()
    assert "Synthetic" in row.inner_text()
    assert not alerts.locator(".st-key-alerts :is(img, tbody a)").count()
    told = [page.evaluate("window.told") for page in (market, alerts)]
    assert [[title for title, _ in it] for it in told] == [[EVIL], [EVIL]]
    assert told[0] == told[1], "of two tabs, two notifications"
    alerts.locator("button.notify").get_by_text("This browser notifies you").wait_for()
    names = "() => document.querySelector('.js-plotly-plot')?.data?.map(({ name }) => name)"
    wait_for("a mark", lambda: "Alert" in (market.evaluate(names) or ()), 60)
    market.screenshot(path=artefacts / "page-alert-marked.png")
    with alerts.expect_download() as download:
        alerts.get_by_role("link", name="Export as CSV").click()
    written = Path(download.value.path()).read_text()
    assert EVIL in written
    assert told[0][0][1] in written
    context.close()


def test_a_token_is_known_to_the_server_and_not_to_the_browser(stack, drawn):
    stack.set(GATEWAY_TOKEN="only-the-servers-know")
    stack.up()
    page = drawn.page
    seen = []

    def note(frame):
        seen.append(frame)

    page.on("websocket", lambda it: it.on("framereceived", note))
    page.on("response", lambda it: seen.append(it.url))
    go(page, drawn.url, f"{PRICE} b")
    assert len(seen) > 5
    said = [page.content(), *(str(it) for it in seen), stack.logs("dashboard")]
    assert not [it for it in said if "only-the-servers-know" in it]


@pytest.mark.long
def test_ten_pages_of_one_profile_are_live_and_the_server_still_stops(stack, browser):
    context = browser.new_context(viewport={"width": 800, "height": 700})
    pages = [context.new_page() for _ in range(PAGES)]
    for page in pages:
        go(page, f"{stack.page_url}/?symbols=IBM&range=5m&every=5", f"{PRICE} b")
    for page in pages:
        before = page.locator(PRICE).get_attribute("data-shown")
        moved = page.locator(f"{PRICE}:not([data-shown='{before}'])")
        moved.wait_for(timeout=20_000)
    began = time.monotonic()
    stack.compose("stop", "dashboard")
    took_s = time.monotonic() - began
    assert stack.container("dashboard")["State"]["ExitCode"] == 0
    assert took_s < 5
    assert "Traceback" not in stack.logs("dashboard")
    context.close()
