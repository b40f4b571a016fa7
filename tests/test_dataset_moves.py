"""The dataset moves: from plain files to a Delta table on the volume, to a store, and back."""

import re
import time

import pytest
from browsing import Visit
from chaos.moments import Batches
from cluster import kill
from playwright.sync_api import expect
from stack import SHORT_WINDOWS

pytestmark = [pytest.mark.long, pytest.mark.scale]

GOES_ON_S = 300
MEASURED_S = 40
TIMES = 3
LATER_S = 1.0  # a window may be on the page from the store than from the volume
PLAIN = ("/data/aggregates", "parquet")
TABLE = ("/data/aggregates-delta", "delta")
IN_THE_STORE = ("s3a://market-data/aggregates", "delta")
BACK = ("/data/aggregates-back", "parquet")


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack(
        "moves",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="200",
    )
    stack.up()
    stack.windows_go_on(GOES_ON_S)
    return stack


@pytest.fixture(scope="module")
def on_volume_s(stack, browser):
    """Give how late a window is on the page that comes from the volume."""
    return seen_after_s(stack, browser)


def seen_after_s(stack, browser):
    """Tell how long after its end a window is at the page, in seconds.

    The least of some medians: what else the machine does only makes it later.
    """
    return min(median_s(stack, browser) for _ in range(TIMES))


def median_s(stack, browser):
    stack.compose("restart", "dashboard")  # so that it knows of no window before
    time.sleep(MEASURED_S)
    page = Visit(browser, f"{stack.page_url}/?page=pipeline").page
    found = page.locator("dt:text-is('Window end to page') + dd")
    expect(found).to_contain_text("(median)", timeout=60_000)
    seen_s = float(found.inner_text().split()[0])
    page.close()
    return seen_s


def move(stack, before, after, **settings):
    """Name another place in the settings, and carry over what was written before."""
    uri, format_ = after
    stack.set(AGGREGATES_URI=uri, AGGREGATES_FORMAT=format_, **settings)
    stack.up()
    carry = ("python", "-m", "spark_job.maintenance.carry", *before)
    said = stack.compose("run", "--rm", "--no-deps", "spark-job", *carry).stdout
    assert re.search(r"\d+ windows carried over", said)
    stack.windows_go_on(GOES_ON_S)


def all_is_right(stack):
    assert stack.check_windows(since=time.time()).doubtful == set()


def test_plain_files_on_the_volume_become_a_table_there(stack, on_volume_s, record_property):
    record_property("from the volume: a window's end to the page, median, s", on_volume_s)
    move(stack, PLAIN, TABLE)
    all_is_right(stack)
    assert (stack.data / "aggregates-delta" / "_delta_log").is_dir()


def test_a_job_that_is_killed_with_a_table_on_the_volume_loses_and_doubles_nothing(stack):
    for moment in ("batch", "commit"):
        job = stack.container("spark-job")
        Batches(stack.data).wait_for(moment)
        kill(job)
        stack.windows_go_on(GOES_ON_S)
    all_is_right(stack)


def test_the_table_moves_into_a_store_and_the_page_is_hardly_later(
    stack, browser, on_volume_s, record_property
):
    move(stack, TABLE, IN_THE_STORE, COMPOSE_FILE="compose.yaml:compose.s3.yaml")
    all_is_right(stack)
    in_store_s = seen_after_s(stack, browser)
    record_property("from a store: a window's end to the page, median, s", in_store_s)
    assert in_store_s <= on_volume_s + LATER_S


def test_all_of_it_comes_back_to_plain_files(stack):
    move(stack, IN_THE_STORE, BACK)
    all_is_right(stack)
    assert list((stack.data / "aggregates-back").rglob("*.parquet"))
