"""What the documents repeat of the contracts is what the contracts say."""

import re
import runpy
import subprocess
import sys
from types import SimpleNamespace

import pytest
from snippets import DOCUMENTS, snippet
from stack import CHECKOUT

from contracts import examples
from contracts.dataset import COLUMNS
from contracts.sources import SOURCES


def table(path: str, heading: str) -> list[list[str]]:
    """Read the first table below a heading of a document: its cells, row by row."""
    text = (CHECKOUT / path).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_the_data_dictionary_has_the_columns_of_the_dataset() -> None:
    types = {"string": "string", "double": "double", "int64": "int64"}
    types["timestamp"] = "timestamp, UTC, µs"
    expected = [
        (f"`{it.name}`", types[it.type] + (", null" if it.nullable else "")) for it in COLUMNS
    ]
    rows = table("docs/data-dictionary.md", "The aggregates: Parquet in `volumes/data/aggregates`")
    assert [(name, type_) for name, type_, _ in rows] == expected


def test_the_feeds_that_can_be_chosen_are_all_named_where_a_person_chooses() -> None:
    names = {"auto", *SOURCES}
    example = (CHECKOUT / ".env.example").read_text().partition("\nFEED=")[0]
    assert names <= set(re.findall(r"[a-z]+(?:-[a-z]+)*", example))
    feeds = " ".join(row[0] for row in table("services/producer/README.md", "Feeds"))
    assert set(re.findall(r"`([a-z-]+)`", feeds)) == names


def test_the_examples_of_the_contracts_run() -> None:
    example = next(it for it in examples.load() if it.name == "a quote")
    (window,) = (it for it in examples.load_plain("windows") if it.name == "a window")
    for value, name, found in (
        (example.value, "event", "Quote"),
        (b"no event", "reason", "not_json"),
    ):
        names = {"record": SimpleNamespace(value=value, timestamp=example.kafka_timestamp_ms)}
        exec(snippet("contracts/README.md", "from contracts.check"), names)
        assert found in (names[name], type(names[name]).__name__)
    names = {"record": SimpleNamespace(value=window.value)}
    exec(snippet("contracts/README.md", "from contracts.window"), names)
    assert names["window"].avg_price == 184.5


@pytest.mark.parametrize(
    ("script", "document"), [("page.py", "performance.md"), ("capacity_page.py", "scaling.md")]
)
def test_a_page_of_figures_is_what_the_results_give(script: str, document: str) -> None:
    command = [sys.executable, CHECKOUT / "bench" / script]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    assert (CHECKOUT / "docs" / document).read_text() == found.stdout


def test_what_many_events_take_is_worked_out_as_it_is_by_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(CHECKOUT / "bench")
    capacity = runpy.run_path(str(CHECKOUT / "bench/capacity.py"))
    of = capacity["Measured"](
        producer_s=3e-6, producer_rate=400_000, broker_s=6e-6, job_s=9e-6,
        job_at_rest=0.3, job_at_rate=0.4, gateway_at_rate=0.2,
    )  # fmt: skip
    found = capacity["need"](of, 1_000_000)
    # 3 / 0.6; 6 for one copy, 12 for three, / 0.6; (9 + 0.3) / 0.6 = 15.5.
    assert (found.producers, found.brokers, found.workers) == (5, 20, 16)
    # 34 MB/s for 604,800 s, three times; 4,000 windows a second of 80 bytes for 90 days.
    assert found.kafka_bytes == 61_689_600_000_000
    assert found.window_bytes == 2_488_320_000_000


# What is set and not measured: intervals, limits, and the loads of which a text speaks.
NOT_MEASURED = {
    "README.md": {"24 GiB", "30 s"},
    "bench/README.md": {"20,000 events/s", "50 ms"},
    "bench/drain/README.md": {
        *("60 s", "5 s", "3 GiB", "1.5 GiB", "10 s", "4 MiB", "0.1 s", "45 s"),
        *("64 KiB", "1 MiB", "256 MiB"),
    },
    "bench/producer/README.md": {"256 MiB"},
    "docs/decisions/0009-events-go-in-blocks.md": {"5 ms"},
    "docs/decisions/0011-sums-before-spark.md": {"0.01 %", "0.001 %"},
    "docs/decisions/0012-the-dashboard-holds-bars.md": {"5 s"},
    "docs/decisions/0013-hours-become-files.md": {"5 s"},
    "docs/decisions/0014-a-batch-is-bounded.md": {"3 GiB"},
    "docs/decisions/0019-rows-out-of-order-are-sorted-by-duckdb.md": {"256 MiB"},
    "docs/decisions/0020-a-source-of-our-own.md": {"50 ms", "4 MiB"},
    "docs/decisions/0021-a-batch-grows-with-what-it-learns.md": {"384 MiB"},
    "docs/decisions/0028-final-windows-are-records-too.md": {"16 MiB"},
    "docs/decisions/0032-one-reader-of-the-dataset.md": {"1 MiB", "24 MiB"},
    "docs/decisions/0034-a-page-is-refreshed-by-what-is-new.md": {"0.2 s", "10 s"},
}


@pytest.mark.parametrize(
    "path",
    ["README.md", *(f"bench/{it}" for it in ("README.md", "drain/README.md", "producer/README.md"))]
    + [str(it.relative_to(CHECKOUT)) for it in sorted(CHECKOUT.glob("docs/decisions/*.md"))],
)
def test_what_was_measured_stands_on_the_page_of_figures_alone(path: str) -> None:
    text = re.sub(r"`[^`]*`", "", (CHECKOUT / path).read_text())
    units = r"(?:[mµn]?s|[KMG]i?B|kB|%|(?:events|records)?/s)(?!\w)"
    figures = set(re.findall(rf"\d[\d,.]* ?{units}", text))
    assert figures == NOT_MEASURED.get(path, set())


def test_each_picture_is_in_a_document_and_each_that_is_shown_is_there() -> None:
    there = {it.name for it in CHECKOUT.glob("docs/images/*")}
    texts = [(CHECKOUT / it).read_text() for it in DOCUMENTS]
    assert {
        it for text in texts for it in re.findall(r"docs/images/([\w-]+\.png)\)", text)
    } == there


def test_the_machine_to_rent_is_the_smallest_with_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(CHECKOUT / "bench")
    machine_for = runpy.run_path(str(CHECKOUT / "bench/rented.py"))["machine_for"]
    # 60 % of two processors, 80 % of 4 GiB: 1.2 and 3276.8 MiB.
    assert machine_for(1.2, 3276) == (2, 4, 4.5)
    assert machine_for(1.21, 100) == machine_for(0.1, 3277) == (4, 8, 7.5)
    assert machine_for(99, 1) is None


def shown() -> list[tuple[str, str, str]]:
    """Read which tests the promises name: test, its file, the mark of a long one."""
    text = (CHECKOUT / "docs/reliability.md").read_text()
    return re.findall(r"\[`[\w.]+::(\w+)`\]\(\.\./([\w./-]+)\)(†?)", text)


def test_every_promise_has_a_test_that_shows_it() -> None:
    rows = [
        line
        for line in (CHECKOUT / "docs/reliability.md").read_text().splitlines()
        if line.startswith("| ") and not line.startswith(("| promise", "| ---"))
    ]
    assert len(rows) > 20
    assert [row for row in rows if "::test_" not in row] == []
    assert sum(row.count("::") for row in rows) == len(shown())


@pytest.mark.parametrize(("name", "path", "mark"), shown())
def test_a_test_that_shows_a_promise_is_there_and_long_where_it_is_said(
    name: str, path: str, mark: str
) -> None:
    module = (CHECKOUT / path).read_text()
    decorators = r"((?:^(?:@| {4}|\)).*\n)*)"  # over several lines, too
    found = re.search(rf"{decorators}^(?:async )?(?:def {name}\(|{name} = )", module, re.MULTILINE)
    assert found, f"{path} has no {name}"
    is_long = re.search(r"^pytestmark = .*mark\.long", module, re.MULTILINE)
    assert bool(is_long or "mark.long" in found[1]) == bool(mark)
