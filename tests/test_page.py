"""The page in a real Chromium, with a data folder that keeps changing; no other service runs."""

import shutil
import subprocess
import time
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import CHART, STATE, Visit, see
from playwright.sync_api import Error as PlaywrightError
from pyarrow import csv, parquet
from stack import CHECKOUT, free_port
from waiting import wait_for

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WALL = "?wall=1&range=6h&chart=candles&indicators=sma:20,rsi:14"
VIEWS = (
    *("", "?chart=candles&range=6h", "?chart=table", "?page=symbol&range=1h", "?page=pipeline"),
    WALL,
)
DRAWN = f"{CHART}, .st-key-stages, .st-key-table"
CARD = ".st-key-card-IBM"
PHONE = {"width": 390, "height": 844}


def docker(*arguments):
    done = subprocess.run(["docker", *arguments], capture_output=True, check=True, text=True)
    return done.stdout.strip()


HARD = ("--rm", "--detach", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")


def write(image, folder, *arguments, detach=False):
    """Write a data folder as producer and job would."""
    how = HARD if detach else HARD[:1]
    bench = f"{CHECKOUT}/bench:/bench:ro"
    return docker(
        *("run", *how, "--network", "none", "-v", f"{folder}:/data", "-v", bench),
        *("--entrypoint", "python", image, "/bench/dashboard/data.py", "/data", *arguments),
    )


def serve(image, folder):
    """Start the dashboard's container alone; give its address and its name."""
    port = free_port()
    return f"http://localhost:{port}", docker(
        *("run", *HARD, "-p", f"127.0.0.1:{port}:8501", "-v", f"{folder}:/data:ro", image)
    )


class Dashboard:
    """The dashboard's container alone, beside one that writes windows as the job would."""

    def __init__(self, run, folder: Path):
        self.image = f"market-data/dashboard:{run.tag}"
        writer = write(self.image, folder, "--days", "0.3", "--live", "3600", detach=True)
        status = folder / "status" / "spark-job.json"
        wait_for("windows", status.exists, 120)
        self.url, page = serve(self.image, folder)
        self.containers = [writer, page]

    def close(self):
        docker("rm", "--force", *self.containers)


@pytest.fixture(scope="module")
def folder(run):
    path = run.folder / "page-data"
    path.mkdir()
    path.chmod(0o777)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def dashboard(run, folder):
    run.stack("page")  # the images
    dashboard = Dashboard(run, folder)
    yield dashboard
    dashboard.close()


@pytest.fixture(scope="module")
def visit(dashboard, browser):
    visit = Visit(browser, f"{dashboard.url}/?range=1h")
    visit.page.locator(CHART).first.wait_for(timeout=30_000)
    yield visit
    visit.page.close()


@pytest.fixture
def open_view(dashboard, browser):
    pages = []

    def open_(address, **context):
        page = browser.new_page(**context)
        pages.append(page)
        wait_for("a drawn page", lambda: drawn(page, f"{dashboard.url}/{address}"), 60)
        return page

    yield open_
    for page in pages:
        page.close()


def drawn(page, url):
    """Open a page and see it drawn; tell whether anybody answered."""
    try:
        page.goto(url)
        page.locator(DRAWN).first.wait_for(timeout=12_000)
    except PlaywrightError:
        return False
    return True


def asked(page):
    """Give what the address asks for."""
    return set(page.evaluate("location.search.slice(1)").split("&"))


def newer(page):
    """Wait until the page shows a newer window."""
    card = page.locator(CARD)
    before = card.text_content().split("to ")[1][:8]
    wait_for("a newer window", lambda: before not in card.text_content(), 20, every_s=0.2)


STATES = {
    "waiting": ("Waiting", "Spark job is starting", "The first window closes"),
    "delayed": ("Delayed", "behind the clock", "1,200 records to go"),
    "closed": ("Market closed", "No new window for 10 min"),
    "stale": ("Stale", "has failed", "rejected the key (401)"),
    "broken": ("Error", "none of them can be read"),
}


@pytest.fixture
def in_state(run, dashboard):
    """Serve a folder that is in a state; give the page's address, and the folder."""
    containers = []

    def make(state, *arguments):
        folder = Path(mkdtemp(prefix=f"page-{state}-", dir=run.folder))
        folder.chmod(0o777)
        write(dashboard.image, folder, "--days", "0.1", "--state", state, *arguments)
        url, container = serve(dashboard.image, folder)
        containers.append(container)
        return url, folder

    yield make
    docker("rm", "--force", *containers)


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_said_in_words(in_state, browser, artefacts, state):
    """Of the states that other modules do not bring about with the real services."""
    url, _ = in_state(state)
    see(browser, url, *STATES[state], picture=artefacts / f"page-{state}.png")


COUNT_TOASTS = """() => {
    const toasts = '[data-testid=stToast]';
    window.toasts = document.querySelectorAll(toasts).length;
    new MutationObserver(changes => {
        for (const node of changes.flatMap(change => [...change.addedNodes]))
            if (node.matches?.(toasts) || node.querySelector?.(toasts)) window.toasts += 1;
    }).observe(document.body, { childList: true, subtree: true });
}"""


def test_a_change_of_state_is_told_once(in_state, browser):
    url, folder = in_state("broken")
    visit = Visit(browser, url)
    assert "Error" in visit.text(STATE)
    visit.page.evaluate(COUNT_TOASTS)
    for path in folder.glob("aggregates/*/*.parquet"):
        path.unlink()
    wait_for("another state", lambda: "Waiting" in visit.text(STATE), 15)
    toast = visit.page.locator("[data-testid=stToast]")
    toast.get_by_text("(before: Error)").wait_for(timeout=5_000)
    wait_for("its end, some refreshes later", lambda: not toast.count(), 15)
    assert visit.page.evaluate("window.toasts") == 1
    assert visit.troubles == []
    visit.page.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("?symbols=", "No symbol is chosen"),
        ("?range=custom&from=2020-01-01T00:00Z&to=2020-01-02T00:00Z", "has a window in this range"),
    ],
)
def test_a_choice_of_nothing_is_told_apart_from_trouble(dashboard, browser, address, said):
    visit = Visit(browser, f"{dashboard.url}/{address}")
    wait_for("its sentence", lambda: said in visit.text(".st-key-page-market"), 15)
    assert "Live" in visit.text(STATE)
    assert visit.troubles == []
    visit.page.close()


def test_it_is_live(visit, artefacts):
    assert "Live" in visit.text(STATE)
    visit.page.screenshot(path=artefacts / "page-market.png")


def test_a_refresh_replaces_no_chart_and_dims_nothing(visit):
    page = visit.page
    page.evaluate("""() => {
        window.kept = document.querySelector('.js-plotly-plot');
        window.dimmed = 0;
        window.watch = setInterval(() => {
            for (const it of document.querySelectorAll('[data-stale]'))
                window.dimmed += getComputedStyle(it).opacity < 1;
        }, 20);
    }""")
    newer(page)
    newer(page)
    assert page.evaluate("() => window.kept === document.querySelector('.js-plotly-plot')")
    assert page.evaluate("() => { clearInterval(window.watch); return window.dimmed }") == 0


def test_scroll_and_hover_survive_a_refresh(visit):
    page = visit.page
    box = page.locator(f"{CHART} .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    main = "document.querySelector('[data-testid=stMain]')"
    page.evaluate(f"() => {main}.scrollTo(0, 120)")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 100, steps=3)
    hovered = page.locator(f"{CHART} .hoverlayer .legend")
    wait_for("what the pointer is at", hovered.count, 5)
    newer(page)
    assert page.evaluate(f"() => {main}.scrollTop") == 120
    assert hovered.count()


def test_a_page_that_is_paused_while_it_runs_does_not_move(open_view):
    page = open_view("?range=1h")
    newer(page)
    page.locator(".st-key-paused").get_by_text("Pause", exact=True).first.click()
    state = page.locator(STATE)
    wait_for("a paused page", lambda: "Paused at" in state.inner_text(), 15)
    other = open_view("?range=1h")
    shown = state.inner_text(), page.locator(CARD).inner_text()
    newer(other)
    newer(other)
    assert (state.inner_text(), page.locator(CARD).inner_text()) == shown


def test_what_is_chosen_is_in_the_address_and_a_link_opens_the_same(open_view):
    page = open_view("?range=1h")
    page.locator(".st-key-range").get_by_text("15 min", exact=True).click()
    page.locator(".st-key-chart").get_by_text("Compare", exact=True).click()  # at once
    wait_for("the address", lambda: {"range=15m", "chart=compare"} <= asked(page), 10)
    other = open_view(page.evaluate("location.search"))
    assert "IBM" in other.locator(f"{CHART} .legend").first.text_content()
    chosen = other.locator(".st-key-range [aria-checked=true]")
    assert chosen.inner_text() == "15 min"


def test_times_are_those_of_the_readers_clock(open_view):
    page = open_view("?range=15m&tz=local", timezone_id="Asia/Tokyo")
    assert " JST" in page.locator(CARD).inner_text()
    assert "JST" in page.locator(f"{CHART} .annotation").first.text_content()


def test_back_and_forward_bring_the_choices_of_then(open_view):
    page = open_view("?range=1h")
    chosen = page.locator(".st-key-range [aria-checked=true]").first
    page.locator(".st-key-range").get_by_text("15 min", exact=True).click()
    wait_for("the address", lambda: "range=15m" in asked(page), 10)
    page.locator(".st-key-page").get_by_text("Pipeline", exact=True).click()
    page.locator(".st-key-stages").wait_for(timeout=10_000)
    wait_for("the address", lambda: "page=pipeline" in asked(page), 10)
    page.go_back()
    page.locator(CHART).first.wait_for(timeout=10_000)
    wait_for("the range of then", lambda: chosen.inner_text() == "15 min", 10)
    page.go_back()
    wait_for("the range of before", lambda: chosen.inner_text() == "1 h", 10)
    page.go_forward()
    wait_for("the range of after", lambda: chosen.inner_text() == "15 min", 10)
    newer(page)
    assert asked(page) == {"range=15m"}


def test_bars_and_indicators_are_chosen_and_typed(open_view):
    page = open_view("?range=6h&chart=candles")
    page.locator(".st-key-looks button").first.click()
    page.locator(".st-key-bar").get_by_text("15 min", exact=True).click()
    wait_for("the bar", lambda: "bar=15m" in asked(page), 15)
    field = page.locator(".st-key-indicators input").first
    field.fill("EMA 9")
    field.press("Enter")
    wait_for("the indicator", lambda: "indicators=vwap%3A1%2Cema%3A9" in asked(page), 15)
    title = page.locator(f"{CHART} .annotation").nth(1)
    wait_for("its name", lambda: "EMA 9" in title.text_content(), 15)
    assert "15 min candles" in title.text_content()


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
def test_a_wall_has_all_in_one_screen_and_no_controls(open_view, width, height):
    page = open_view(WALL, viewport={"width": width, "height": height})
    assert page.locator("[role=radio], button:visible, input").count() == 0

    def bottom():
        box = page.locator(CHART).first.bounding_box()
        return box["y"] + box["height"] if box else 0

    wait_for("a chart down to the edge", lambda: 0.95 * height < bottom() <= height, 10)

    def large():
        box = page.locator(CARD).locator(".newest dd").bounding_box()  # none while it is drawn anew
        return box and box["height"] > height / 40

    wait_for("a large price", large, 10)


SLOW_LINE = """(() => {
    const later = (done, ...what) => setTimeout(() => done(...what), window.line_ms ?? 0);
    window.WebSocket = class extends WebSocket {
        send(data) { later(() => super.send(data)); }
        set onmessage(heard) { super.onmessage = message => later(heard, message); }
        addEventListener(name, heard) {
            super.addEventListener(name, name === 'message' ? it => later(heard, it) : heard);
        }
    };
})()"""


def stays(page, choices, seconds=4):
    """Tell whether the address asks for just this for so long: through some refreshes."""
    deadline = time.monotonic() + seconds
    while asked(page) == choices and time.monotonic() < deadline:
        time.sleep(0.1)
    return asked(page) == choices


def on_a_line(browser, address):
    """Open a page on a line that takes `window.line_ms` each way, from when that is set."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.add_init_script(SLOW_LINE)
    wait_for("a drawn page", lambda: drawn(page, address), 60)
    return page


@pytest.fixture
def slow_page(dashboard, browser):
    page = on_a_line(browser, f"{dashboard.url}/?range=1h")
    page.evaluate("window.line_ms = 400")
    yield page
    page.close()


def test_on_a_slow_line_quick_clicks_are_all_kept(slow_page):
    slow_page.locator(".st-key-range").get_by_text("15 min", exact=True).click()
    slow_page.locator(".st-key-chart").get_by_text("Compare", exact=True).click()
    slow_page.locator(".st-key-range").get_by_text("6 h", exact=True).click()
    chosen = {"range=6h", "chart=compare"}
    wait_for("all in the address", lambda: asked(slow_page) == chosen, 15)
    assert stays(slow_page, chosen)
    now = slow_page.locator(".st-key-range [aria-checked=true], .st-key-chart [aria-checked=true]")
    assert now.all_inner_texts() == ["6 h", "Compare"]


@pytest.mark.long
def test_on_a_slow_line_no_refresh_undoes_the_way_back(slow_page):
    chosen = slow_page.locator(".st-key-range [aria-checked=true]")
    slow_page.locator(".st-key-range").get_by_text("15 min", exact=True).click()
    wait_for("the address", lambda: asked(slow_page) == {"range=15m"}, 15)
    slow_page.go_back()
    assert stays(slow_page, {"range=1h"})
    assert chosen.all_inner_texts() == ["1 h"]


def test_on_a_slow_line_a_click_before_the_way_back_is_drawn_is_kept(slow_page):
    slow_page.locator(".st-key-range").get_by_text("15 min", exact=True).click()
    wait_for("the address", lambda: asked(slow_page) == {"range=15m"}, 15)
    slow_page.go_back()
    slow_page.locator(".st-key-range").get_by_text("6 h", exact=True).click()
    wait_for("the click's range", lambda: asked(slow_page) == {"range=6h"}, 15)
    assert stays(slow_page, {"range=6h"})


def test_on_a_slow_line_a_view_that_was_left_comes_back(in_state, browser):
    url, _ = in_state("closed")
    page = on_a_line(browser, f"{url}/?range=1h&paused=1")
    ranges = page.locator(".st-key-range")
    is_done = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    ranges.get_by_text("15 min", exact=True).click()
    wait_for("the next view's range", lambda: "range=15m" in asked(page), 15)
    is_done.wait_for()
    # With the last click the browser says that it has the first view, and forgets it meanwhile.
    page.evaluate("window.line_ms = 1000")
    ranges.get_by_text("6 h", exact=True).click()
    page.wait_for_timeout(1000)
    ranges.get_by_text("1 h", exact=True).click()
    wait_for("the first view's range", lambda: "range=1h" in asked(page), 15)
    is_done.wait_for()
    assert page.locator("[role=dialog]").count() == 0
    page.close()


@pytest.mark.parametrize(
    "timezone_id",
    [
        "Asia/Tokyo",
        pytest.param("UTC", marks=pytest.mark.long),
        pytest.param("America/New_York", marks=pytest.mark.long),
    ],
)
def test_the_hour_that_comes_twice_is_drawn_twice_whatever_the_browsers_clock(
    in_state, browser, timezone_id
):
    url, _ = in_state("live", "--until", "2026-11-01T08:00:05+00:00", "--days", "0.2")
    bounds = "range=custom&from=2026-11-01T04:00Z&to=2026-11-01T08:00Z"
    address = f"{url}/?tz=market&symbols=IBM&{bounds}"
    page = browser.new_page(timezone_id=timezone_id, viewport={"width": 1280, "height": 1400})
    wait_for("a drawn page", lambda: drawn(page, address), 60)
    draws_the_hour_twice(page)
    page.close()


def draws_the_hour_twice(page):
    labels = page.locator(f"{CHART} .xtick").all_text_contents()
    assert [it[:9] for it in labels if it[:5] == "01:00"] == ["01:00 EDT", "01:00 EST"]
    box = page.locator(f"{CHART} .nsewdrag").first.bounding_box()
    hovered = page.locator(f"{CHART} .hoverlayer").first
    for share, shown in ((0.25, "2026-11-01 01:00:00 EDT"), (0.5, "2026-11-01 01:00:00 EST")):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        wait_for(shown, lambda shown=shown: shown in hovered.text_content(), 5)


def test_symbols_of_all_kinds_can_be_chosen_and_come_back(in_state, browser):
    url, _ = in_state("names")
    visit = Visit(browser, f"{url}/?range=15m&symbols=BTC/USDT,BTC-USDT,A%26B%2BC")
    names = visit.page.locator("[class*=st-key-card-] strong")
    wait_for("the cards", lambda: names.all_inner_texts() == ["BTC/USDT", "BTC-USDT", "A&B+C"], 30)
    visit.page.locator(".st-key-symbols").get_by_text("OANDA:EUR_USD", exact=True).click()
    wait_for("a card more", lambda: "OANDA:EUR_USD" in names.all_inner_texts(), 10)
    visit.page.go_back()
    wait_for("the cards", lambda: names.all_inner_texts() == ["BTC/USDT", "BTC-USDT", "A&B+C"], 10)
    assert visit.troubles == []
    visit.page.close()


def test_the_keyboard_reaches_and_changes_the_choices(open_view):
    page = open_view("?range=15m")
    page.locator(".st-key-range [role=radio]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    wait_for("the address", lambda: "range=1h" in asked(page), 10)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('.st-key-symbols') !== null")


def violations(page, within=None):
    """Give what axe finds, and where; in all of the page, or in a part of it."""
    said = Axe().run(page, within, {"runOnly": LEVELS}).response["violations"]
    return {it["id"]: [node["target"] for node in it["nodes"]] for it in said}


@pytest.mark.parametrize(
    ("scheme", "views"),
    [
        ("light", VIEWS[::2]),
        ("dark", VIEWS[1::2]),
        pytest.param("light", VIEWS[1::2], marks=pytest.mark.long),
        pytest.param("dark", VIEWS[::2], marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing(open_view, scheme, views, artefacts):
    found = {}
    for address in views:
        page = open_view(address, color_scheme=scheme)
        page.wait_for_timeout(500)
        page.screenshot(path=artefacts / f"page-{scheme}-{VIEWS.index(address)}.png")
        found |= {f"{address} {name}": where for name, where in violations(page).items()}
        page.close()  # it would go on drawing beside the next one
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens(open_view, scheme):
    page = open_view("?range=1h", color_scheme=scheme)
    opened = "[data-testid=stPopoverBody]"
    for opener, inside in (("View", "Dark"), ("Export", "CSV")):
        page.get_by_role("button", name=opener).click()
        page.locator(opened).get_by_role("link", name=inside, exact=True).wait_for(timeout=20_000)
        assert violations(page, opened) == {}
        page.keyboard.press("Escape")
        page.locator(opened).wait_for(state="hidden")


def test_the_theme_of_the_address_is_shown(open_view):
    page = open_view("?embed_options=dark_theme", color_scheme="light")
    color = page.evaluate(
        "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    )
    assert color == "rgb(16, 21, 29)"


@pytest.mark.parametrize("address", VIEWS)
def test_nothing_is_wider_than_a_phone(open_view, address, artefacts):
    page = open_view(address, viewport=PHONE, has_touch=True, is_mobile=True)
    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
    # The page's own style may come a moment after what it is for.
    wait_for("a page that fits", lambda: page.evaluate(wide) <= PHONE["width"], 20)
    page.screenshot(path=artefacts / f"page-phone-{VIEWS.index(address)}.png")


def test_a_phone_shows_all_prices_first_and_the_choices_when_asked(open_view):
    page = open_view("?range=1h", viewport=PHONE, has_touch=True, is_mobile=True)
    last_card, ranges = page.locator(".st-key-card-AMZN"), page.locator(".st-key-range")
    wait_for("cards", lambda: bottom_of(last_card) < 0.9 * PHONE["height"], 20)
    page.locator(CHART).first.wait_for(timeout=30_000)
    legend, times = (page.locator(f"{CHART} {it}").first for it in (".legend", ".xtick"))
    wait_for("a legend below the lines", lambda: bottom_of(legend) > bottom_of(times), 10)
    assert not ranges.first.is_visible()
    page.locator(".fold summary").click()
    ranges.get_by_text("15 min", exact=True).click()
    wait_for("the address", lambda: "range=15m" in asked(page), 10)
    newer(page)
    assert ranges.first.is_visible()
    page.locator(".fold summary").click()
    wait_for("prices alone", lambda: not ranges.first.is_visible(), 5)


def bottom_of(element):
    box = element.bounding_box()  # none while it is drawn anew
    return box["y"] + box["height"] if box else float("inf")


@pytest.mark.parametrize(("kind", "read"), [("CSV", csv.read_csv), ("Parquet", parquet.read_table)])
def test_what_is_on_the_screen_can_be_taken_along(open_view, kind, read):
    page = open_view("?range=15m&symbols=IBM,TSLA")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=kind, exact=True).click()
    rows = read(BytesIO(Path(download.value.path()).read_bytes()))
    assert set(rows["symbol"].to_pylist()) == {"IBM", "TSLA"}
    assert 300 < rows.num_rows <= 362


def test_a_half_written_file_is_named_and_a_vanished_one_is_no_error(visit, folder):
    (day,) = list((folder / "aggregates").iterdir())[-1:]
    half = day / "half.parquet"
    half.write_bytes(b"PAR1 and then nothing")
    wait_for("its name", lambda: "half.parquet" in visit.text(".st-key-notices"), 15)
    half.unlink()
    wait_for("no name", lambda: "half.parquet" not in visit.text(".st-key-notices"), 15)
    assert "Live" in visit.text(STATE)


def test_there_was_no_trouble(visit):
    assert visit.troubles == []
