"""The windows in an object store (`compose.s3.yaml`): each is there once, whatever is killed.

In `make test` they are in one beside other overlays: `test_overlays_together.py`.
"""

import json
import re
import time
from collections import Counter
from datetime import datetime
from typing import NamedTuple

import pytest
from browsing import Visit
from chaos.moments import Batches
from cluster import kill
from gateway_reader import get, windows
from object_store import SECRET, keys_are_hidden, server
from playwright.sync_api import expect
from snippets import settings, snippet
from stack import SHORT_WINDOWS
from waiting import wait_for

pytestmark = [pytest.mark.long, pytest.mark.scale]

QUICKLY_S = 90
GOES_ON_S = 300  # a job that starts anew, beside others on two processors
COUNTED_S = 30
LOOKS_PER_S = 2
OF_A_PASS = 10  # what maintenance asks once a minute
COMMIT = re.compile(r"/(_delta_log/\d{20}|_final_until)\.json$")
"""What a batch ends with: an entry of a table's log, or what is beside plain files."""


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "store",
        **server(),
        **settings("docs/scaling.md", "COMPOSE_FILE=compose.yaml:compose.s3"),
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="500",
    )
    stack.up()
    stack.windows_go_on(GOES_ON_S)
    return stack


def test_windows_are_in_the_store_and_on_the_page_and_not_on_the_volume(stack, browser):
    assert stack.check_windows().doubtful == set()
    assert not list((stack.data / "aggregates").rglob("*.parquet"))
    page = browser.new_page()
    page.goto(stack.page_url)
    expect(page.locator(".st-key-state")).to_contain_text("Live", timeout=30_000)
    page.close()


class Request(NamedTuple):
    service: str
    kind: str
    commits: bool


def requests(stack):
    """Read the store's log: who asked, and what that is to a bill."""
    services = {
        network["IPAddress"]: service
        for service, it in stack.containers().items()
        for network in it["NetworkSettings"]["Networks"].values()
    }
    line = r" \| vgw \| (\d+) \|[^|]*\| (\S+) \| (\w+) \| (\S+) \| [^|]*\| (.*)"
    return [
        Request(
            services.get(address, address),
            "put" if method == "PUT" else "listing" if "list-type" in query else "other",
            commits=(code, method) == ("200", "PUT") and bool(COMMIT.search(path)),
        )
        for code, address, method, path, query in re.findall(line, stack.logs("s3"))
    ]


def counted(stack, what, record_property):
    """Count requests by service and kind; give them, the batches and the looks of the page."""
    before, began = len(requests(stack)), time.monotonic()
    time.sleep(COUNTED_S)
    found = requests(stack)[before:]
    looks = LOOKS_PER_S * (time.monotonic() - began)
    batches = sum(it.commits for it in found)
    assert batches >= COUNTED_S / stack.duration("WINDOW_SLIDE").total_seconds() / 2
    of = Counter((it.service, it.kind) for it in found)
    for (service, kind), count in sorted(of.items()):
        record_property(f"{what}: {service}, {kind}, of {batches} batches", count)
    return of, batches, looks


def test_requests_are_as_few_as_the_documentation_prices(stack, record_property):
    of, batches, looks = counted(stack, "a table", record_property)
    assert of["spark-job", "put"] <= 2 * (batches + 1)
    assert of["spark-job", "listing"] <= 2 * (batches + 1) + OF_A_PASS
    assert of["dashboard", "listing"] <= batches + 1
    assert of["dashboard", "other"] <= looks + 6 * (batches + 1)
    assert of["dashboard", "put"] == 0


def names(stack):
    return {(it["symbol"], it["source"], it["window_start"]) for it in stack.rows()}


def test_gateway_and_shell_have_the_windows_of_the_store(stack):
    before = names(stack)
    found = windows(stack.gateway_port, "/v1/windows?limit=10000")
    query = ".mode csv\nSELECT count(*) FROM windows"
    shell = stack.shell("bash", "-c", 'printf %s "$0" | make sql', query).stdout
    after = names(stack)
    starts = [datetime.fromisoformat(it["window_start"]) for it in found]
    read = {
        (it["symbol"], it["source"], int(start.timestamp() * 1_000_000))
        for it, start in zip(found, starts, strict=True)
    }
    assert len(read) == len(found)
    assert before
    assert before <= read <= after
    assert len(read) <= int(shell.split()[-1]) <= len(after)


def test_other_programs_read_the_table_as_the_document_shows(stack):
    shown = snippet("docs/scaling.md", "from deltalake import DeltaTable")
    code = shown.replace("localhost:7070", f"localhost:{stack.environment['S3_HOST_PORT']}")
    image = stack.container("dashboard")["Config"]["Image"]  # which has the library, and pandas
    run = ("docker", "run", "--rm", "--network", "host", "--entrypoint", "python", image, "-c")
    before = len(names(stack))
    read = int(stack.shell(*run, f"{code}\nprint(len(windows))").stdout)
    assert 0 < before <= read <= len(names(stack))


def test_a_job_that_is_killed_goes_on_without_a_window_lost_or_there_twice(stack, record_property):
    killed(stack, "a table in a store", record_property)


def killed(stack, what, record_property):
    """Kill the job in a batch and in a commit; assert that all windows are right after it."""
    for moment in ("batch", "commit"):
        job = stack.container("spark-job")  # before the moment, which is over in milliseconds
        Batches(stack.data).wait_for(moment)
        kill(job)
        stood_s = stack.windows_go_on(GOES_ON_S)
        said = f"{what}, the job killed in a {moment}: to the next window, s"
        record_property(said, round(stood_s, 1))
    stack.check_windows(since=time.time())


def test_a_job_whose_checkpoint_is_gone_goes_on_from_the_dataset(stack, record_property):
    began = time.monotonic()
    stack.compose("rm", "--stop", "--force", "spark-job")
    stack.compose("run", "--rm", "--no-deps", "volume-init", "rm", "-rf", "/data/checkpoints")
    stack.up()
    stack.windows_go_on(GOES_ON_S)
    stood_s = round(time.monotonic() - began, 1)
    record_property("the job and its checkpoint deleted: to the next window, s", stood_s)
    stack.check_windows(since=time.time())
    assert "there is no checkpoint, and the dataset has the windows" in stack.logs("spark-job")


def test_a_store_that_is_away_is_waited_for_and_told(stack):
    stack.compose("stop", "s3")

    def told():
        return "does not answer" in (stack.status("spark-job").get("last_error") or "")

    wait_for("a job that says so", told, QUICKLY_S)
    status, problem = get(stack.gateway_port, "/v1/windows")
    assert status == 503
    assert "does not answer" in json.loads(problem)["detail"]
    stack.compose("start", "s3")
    stack.windows_go_on(GOES_ON_S)
    stack.check_windows(since=time.time())


def test_keys_are_with_those_who_need_them_alone_and_shown_nowhere(stack):
    keys_are_hidden(stack)


def test_the_page_names_the_place_and_no_key(stack, browser):
    page = Visit(browser, f"{stack.page_url}/?page=pipeline").page
    expect(page.locator("body")).to_contain_text("s3a://market-data/aggregates", timeout=60_000)
    assert SECRET not in page.content()
    page.close()


def test_history_is_carried_over_to_plain_files_and_goes_on_there(stack):
    stack.compose("stop", "producer")
    before = stack.check_windows()
    stack.set(AGGREGATES_FORMAT="parquet", AGGREGATES_URI="s3a://market-data/plain")
    stack.up()
    carry = ("python", "-m", "spark_job.maintenance.carry", "s3a://market-data/aggregates", "delta")
    said = stack.compose("run", "--rm", "--no-deps", "spark-job", *carry).stdout
    assert re.search(r"\d+ windows carried over", said)
    stack.windows_go_on(GOES_ON_S)
    assert len(stack.check_windows(since=time.time()).rows) > len(before.rows)


def test_with_plain_files_too_a_job_that_is_killed_loses_and_doubles_nothing(
    stack, record_property
):
    killed(stack, "plain files in a store", record_property)


def test_requests_for_plain_files_are_as_few_as_the_documentation_prices(stack, record_property):
    of, batches, looks = counted(stack, "plain files", record_property)
    assert of["spark-job", "put"] <= 2 * (batches + 1)
    assert of["dashboard", "listing"] <= 3 * (batches + 1)
    assert of["dashboard", "other"] <= 2 * looks + 4 * (batches + 1)
    assert of["dashboard", "put"] == 0
