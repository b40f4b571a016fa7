"""A person's first five minutes: a fresh clone, `make up`, the page, the debug-consumer."""

import ast
import json
import os
import re
import select
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import dataset
import pytest
from browsing import CHART, STATE, Visit
from first_commands import ENDING, FOLLOWING
from hardening import EXCEPTIONS, broken, of_container
from snippets import snippet
from stack import LONG_RUNNING, ONE_SHOTS
from waiting import wait_for
from windows import key_of

SYMBOLS = ("IBM", "AAPL", "MSFT", "TSLA", "AMZN")


class Start:
    """`make up` in a clone without `.env`, going on while the page is looked at."""

    def __init__(self, stack, pool):
        self.stack = stack
        self._done = pool.submit(stack.shell, "bash", "-c", snippet("README.md", "make up"))

    def result(self):
        return self._done.result(timeout=240)


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("first")
    (stack.folder / ".env").unlink()
    return stack


@pytest.fixture(scope="module")
def start(stack):
    with ThreadPoolExecutor(1) as pool:
        yield Start(stack, pool)


@pytest.fixture(scope="module")
def visit(start, browser):
    visit = Visit(browser, start.stack.page_url, timeout_s=200)  # images are built first
    yield visit
    visit.page.close()


def figures(text):
    return [float(it.replace(",", "")) for it in re.findall(r"\d[\d,]*\.\d+", text)]


def test_the_page_says_what_it_waits_for_and_draws_by_itself(visit, artefacts):
    assert "waiting" in visit.text(STATE).lower()
    visit.page.screenshot(path=artefacts / "page-waiting.png")
    visit.page.locator(CHART).first.wait_for(timeout=240_000)


def test_make_up_says_where_to_look(start, stack):
    assert f"http://localhost:{stack.page_port}" in start.result().stdout.splitlines()[-1]


def test_the_page_can_be_loaded_anew(start, visit, artefacts):
    start.result()
    visit.page.reload()
    visit.page.locator(CHART).first.wait_for(timeout=30_000)
    visit.page.screenshot(path=artefacts / "page-first.png", full_page=True)


def test_all_is_healthy(start, stack):
    start.result()
    assert stack.health() == dict.fromkeys(LONG_RUNNING, "healthy")
    ended = stack.containers()
    assert {name: ended[name]["State"]["ExitCode"] for name in ONE_SHOTS} == dict.fromkeys(
        ONE_SHOTS, 0
    )


def test_the_job_runs_from_the_archive_of_its_classes(start, stack):
    start.result()
    # `-q` ends with 0 at the first match, whatever process has ended meanwhile.
    mapped = "grep -qsF classes.jsa /proc/[0-9]*/maps"
    stack.compose("exec", "-T", "spark-job", "sh", "-c", mapped)


def test_every_container_is_hardened(stack):
    containers = stack.containers()
    found = {(rule, name) for name, it in containers.items() for rule in broken(of_container(it))}
    assert found == {it for it in EXCEPTIONS if it[1] in containers}
    for service, it in containers.items():
        host = it["HostConfig"]
        assert host["Init"], service
        assert set(host["LogConfig"]["Config"]) == {"max-size", "max-file"}, service


def test_no_link_to_sparks_page_ends_the_query(stack):
    page = f"http://localhost:{stack.environment['SPARK_UI_PORT']}"

    def read(path):
        with urlopen(f"{page}{path}", timeout=20) as answer:
            return answer.read()

    [application] = json.loads(read("/api/v1/applications"))
    jobs = f"/api/v1/applications/{application['id']}/jobs"
    tried = set()

    def try_to_end_one():
        for job in json.loads(read(f"{jobs}?status=running")):
            read(f"/jobs/job/kill/?id={job['jobId']}")
            tried.add(job["jobId"])
        return len(tried) > 2

    wait_for("three jobs that were running", try_to_end_one, 60)
    assert json.loads(read(f"{jobs}?status=failed")) == []


def test_every_process_runs_without_privileges(stack):
    for service in LONG_RUNNING:
        main = stack.container(service)["State"]["Pid"]
        lines = Path(f"/proc/{main}/status").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        assert int(status["CapEff"], 16) == 0, service
        assert status["NoNewPrivs"] == "1", service
        assert "0" not in status["Uid"].split(), service


def test_the_debug_consumer_shows_twenty_valid_records(stack):
    done = stack.compose(
        "run", "--rm", "--no-TTY", "debug-consumer", "--max-events", "20", timeout_s=60
    )
    assert done.returncode == 0
    assert "20 valid, 0 invalid" in done.stdout


def test_make_up_does_not_wait_for_a_debug_consumer_that_is_open_meanwhile(stack):
    name = f"{stack.project}-open"
    stack.compose("run", "--detach", "--name", name, "debug-consumer")
    try:
        assert f"healthy: {stack.page_url}" in stack.make("up").stdout
    finally:
        stack.shell("docker", "rm", "--force", name)


def test_make_up_does_not_wait_for_a_debug_consumer_that_runs_as_a_service(stack):
    stack.compose("--profile", "debug", "up", "--detach", "--no-deps", "debug-consumer")
    try:
        assert f"healthy: {stack.page_url}" in stack.make("up").stdout
    finally:
        stack.compose("--profile", "debug", "rm", "--stop", "--force", "debug-consumer")


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_card_shows_the_figures_of_the_last_window(stack, visit, symbol):
    def shown():
        rows = [row for row in stack.rows() if row["symbol"] == symbol]
        last = max(rows, key=lambda row: row["window_end"])
        expected = {round(last["avg_price"], 2), round(last["max_price"], 2)}
        return expected <= set(figures(visit.text(f".st-key-card-{symbol}")))

    wait_for(f"the figures of the last window of {symbol}", shown, 20, every_s=0.2)


def test_it_says_that_prices_are_synthetic(visit):
    assert "synthetic" in visit.text("[data-testid=stMain]").lower()


RANGE = "() => document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range.join()"
NEWEST = """() => Math.max(...document.querySelector('.js-plotly-plot')._fullData
    .map(trace => new Date(trace.x.at(-1)).getTime()).filter(time => !isNaN(time)))"""


def test_it_moves_by_itself(visit):
    newest = visit.page.evaluate(NEWEST)
    wait_for("newer points", lambda: visit.page.evaluate(NEWEST) > newest, 30)


def test_it_keeps_the_zoom_while_it_moves(visit, artefacts):
    page = visit.page
    box = page.locator(f"{CHART} .nsewdrag").first.bounding_box()
    before = page.evaluate(RANGE)
    page.mouse.move(box["x"] + box["width"] * 0.85, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.98, box["y"] + box["height"] * 0.5, steps=5)
    page.mouse.up()
    zoomed = wait_for("a zoom", lambda: (it := page.evaluate(RANGE)) != before and it, 5)
    newest = page.evaluate(NEWEST)
    wait_for("newer points", lambda: page.evaluate(NEWEST) > newest, 30)
    assert page.evaluate(RANGE) == zoomed
    page.screenshot(path=artefacts / "page-zoomed.png", full_page=True)


def test_every_window_at_the_defaults_is_as_calculated(stack):
    calculation = stack.check_windows()
    assert calculation.doubtful == set()
    assert {key.symbol for key in calculation.rows} == set(SYMBOLS)


def test_the_files_are_read_as_the_readme_does(stack, monkeypatch):
    monkeypatch.chdir(stack.folder)
    *lines, last = ast.parse(snippet("README.md", "import pandas")).body
    names = {}
    exec(compile(ast.Module(lines, []), "README.md", "exec"), names)
    newest = eval(compile(ast.Expression(last.value), "README.md", "eval"), names)
    assert set(newest.symbol) == set(SYMBOLS)
    assert (newest.event_count > 0).all()


@pytest.mark.parametrize(("command", "code"), ENDING.items())
def test_a_command_of_the_documents(stack, command, code):
    done = stack.shell("bash", "-euo", "pipefail", "-c", command, check=False)
    assert done.returncode == code, done.stdout + done.stderr


@pytest.mark.parametrize("command", FOLLOWING)
def test_a_command_of_the_documents_that_goes_on(stack, command):
    with subprocess.Popen(
        ["bash", "-c", command],
        cwd=stack.folder,
        env=dict(os.environ) | stack.environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as running:
        try:
            assert select.select([running.stdout], [], [], 60)[0], "nothing is said"
            assert running.stdout.readline()
            assert running.poll() is None
        finally:
            os.killpg(running.pid, signal.SIGTERM)


def test_history_is_carried_over_as_the_document_does(stack):
    command = snippet("docs/scaling.md", "docker compose run --rm spark-job")
    done = stack.shell("bash", "-c", command, AGGREGATES_URI="/data/carried")
    assert "windows carried over" in done.stdout
    carried = stack.folder / "carried"
    shutil.copytree(stack.data / "carried", carried / "aggregates")
    keys = {key_of(row) for row in dataset.read(carried)}
    assert len(keys) > len(SYMBOLS)
    assert keys <= {key_of(row) for row in stack.rows()}


def test_the_page_had_no_trouble(visit):
    assert visit.troubles == []


def test_nothing_has_restarted_meanwhile(stack):
    assert set(stack.restarts().values()) == {0}
