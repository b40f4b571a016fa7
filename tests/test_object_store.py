"""The windows in an object store (`compose.s3.yaml`): each is there once, whatever is killed."""

import json
import re
import time
from datetime import datetime, timedelta

import pytest
from gateway_reader import get, get_json
from playwright.sync_api import expect
from waiting import wait_for

pytestmark = pytest.mark.long  # its server is built for minutes where no registry is in reach

LENGTH, SLIDE = timedelta(seconds=6), timedelta(seconds=2)
QUICKLY_S = 90

READ = """
import json
import pyarrow as pa
from contracts.settings import load
from contracts.location import LocationSettings
from contracts.object_store import delta_table, file_system
from deltalake import DeltaTable
from pyarrow import fs, parquet
location = load(LocationSettings).location
uri, options = delta_table(location)
system, root = file_system(location)
if location.format == "delta":
    names = pa.table(DeltaTable(uri, storage_options=options).get_add_actions())["path"].to_pylist()
else:
    found = system.get_file_info(fs.FileSelector(root, recursive=True))
    names = [it.path.removeprefix(f"{root}/") for it in found if it.path.endswith(".parquet")]
tables = [parquet.ParquetFile(system.open_input_file(f"{root}/{name}")).read() for name in names]
for table in tables:
    for column in ("window_start", "window_end"):
        place = table.schema.get_field_index(column)
        table = table.set_column(place, column, table[column].cast(pa.int64()))
    for row in table.to_pylist():
        print(json.dumps(row))
"""
"""Prints the rows of the dataset as it is now, with any reader's means."""


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "store",
        COMPOSE_FILE="compose.yaml:compose.s3.yaml",
        WINDOW_LENGTH="6 seconds",
        WINDOW_SLIDE="2 seconds",
        SYNTHETIC_EVENTS_PER_SECOND="500",
    )
    stack.rows = lambda: rows(stack)
    stack.up()
    stack.windows_go_on(QUICKLY_S)
    return stack


def rows(stack):
    command = ("exec", "--no-TTY", "dashboard", "python", "-c", READ)
    return [json.loads(line) for line in stack.compose(*command).stdout.splitlines()]


def test_windows_are_in_the_store_and_on_the_page_and_not_on_the_volume(stack, browser):
    assert stack.check_windows(LENGTH, SLIDE).doubtful == set()
    assert not list((stack.data / "aggregates").rglob("*.parquet"))
    page = browser.new_page()
    page.goto(stack.page_url)
    expect(page.locator(".st-key-state")).to_contain_text("Live", timeout=30_000)
    page.close()


def names(stack):
    return {(it["symbol"], it["source"], it["window_start"]) for it in stack.rows()}


def test_gateway_and_shell_have_the_windows_of_the_store(stack):
    before = names(stack)
    found = get_json(stack.gateway_port, "/v1/windows?limit=10000")["windows"]
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


def test_a_job_that_is_killed_goes_on_without_a_window_lost_or_there_twice(stack):
    for _ in range(2):
        stack.kill("spark-job")
        stack.windows_go_on(QUICKLY_S)
    stack.check_windows(LENGTH, SLIDE, since=time.time())


def test_a_job_whose_checkpoint_is_gone_goes_on_from_the_dataset(stack):
    stack.compose("rm", "--stop", "--force", "spark-job")
    stack.compose("run", "--rm", "--no-deps", "volume-init", "rm", "-rf", "/data/checkpoints")
    stack.up()
    stack.windows_go_on(QUICKLY_S)
    stack.check_windows(LENGTH, SLIDE, since=time.time())
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
    stack.windows_go_on(QUICKLY_S)
    stack.check_windows(LENGTH, SLIDE, since=time.time())


def test_keys_are_with_those_who_need_them_alone_and_in_no_log(stack):
    secret = "for-trials-only"
    with_it = {
        service
        for service, it in stack.containers().items()
        if any(secret in line for line in it["Config"]["Env"])
    }
    assert with_it == {"s3", "bucket-init", "spark-job", "dashboard", "gateway"}
    for service in ("spark-job", "dashboard", "gateway", "s3"):
        assert not re.search(secret, stack.logs(service))
    assert secret not in json.dumps(stack.status("spark-job"))


def test_history_is_carried_over_to_plain_files_and_goes_on_there(stack):
    stack.compose("stop", "producer")
    before = stack.check_windows(LENGTH, SLIDE)
    stack.set(AGGREGATES_FORMAT="parquet", AGGREGATES_URI="s3a://market-data/plain")
    stack.up()
    carry = ("python", "-m", "spark_job.maintenance.carry", "s3a://market-data/aggregates", "delta")
    said = stack.compose("run", "--rm", "--no-deps", "spark-job", *carry).stdout
    assert re.search(r"\d+ windows carried over", said)
    stack.windows_go_on(QUICKLY_S)
    assert len(stack.check_windows(LENGTH, SLIDE, since=time.time()).rows) > len(before.rows)
