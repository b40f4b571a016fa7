"""Measured figures are only on the pages that are written from the benchmarks' results."""

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from snippets import DOCUMENTS
from stack import CHECKOUT

type Module = Callable[[str], dict[str, Any]]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Module:
    """Give what a module of the benchmarks has, by its name."""
    monkeypatch.syspath_prepend(CHECKOUT / "bench")
    return lambda name: runpy.run_path(str(CHECKOUT / f"bench/{name}.py"))


@pytest.mark.parametrize(
    ("script", "document"), [("page.py", "performance.md"), ("capacity_page.py", "scaling.md")]
)
def test_a_page_of_figures_is_what_the_results_give(script: str, document: str) -> None:
    command = [sys.executable, CHECKOUT / "bench" / script]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    assert (CHECKOUT / "docs" / document).read_text() == found.stdout


OF_ALL = (
    *("commit", "exit_code", "processors", "model", "memory_gib", "kernel"),
    *("engine", "base_images"),
)


def of_all(runs: Iterable[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """Give of what commit and machine runs are, and how they ended."""
    return {tuple(it[name] for name in OF_ALL) for it in runs}


MEASURED_AGAIN = {"catch-up", "table"}
"""What is measured another way since the whole run, or failed in it: none after the next run."""


def test_all_results_are_of_one_commit_and_one_machine() -> None:
    runs = {
        path.stem: json.loads(path.read_text().partition("\n")[0])
        for path in CHECKOUT.glob("bench/results/*.jsonl")
    }
    assert len(runs) > 16
    again = [runs.pop(name) for name in MEASURED_AGAIN]
    ((commit, exit_code, *machine),) = of_all(runs.values())
    for run in again:
        ((other, its_exit_code, *its_machine),) = of_all([run])
        assert re.fullmatch("[0-9a-f]{10,}", other)
        assert other != commit
        assert (its_exit_code, its_machine) == (exit_code, machine)
    assert re.fullmatch("[0-9a-f]{10,}", commit)  # of changes that are not committed: -dirty
    assert exit_code == 0
    # One run of another commit is told.
    assert len(of_all([*runs.values(), runs["drain"] | {"commit": "0123456789"}])) == 2


def test_what_many_events_take_is_worked_out_as_it_is_by_hand(
    module: Module,
) -> None:
    capacity = module("capacity")
    of = capacity["Measured"](
        producer_s=3e-6, producer_rate=400_000, broker_s=6e-6, event_bytes=34, job_s=9e-6,
        job_at_rest=0.3, job_at_rate=0.4, gateway_at_rate=0.2, gateway_of_many=0.5,
        most_symbols=100_000, most_symbols_mib=2900,
    )  # fmt: skip
    found = capacity["need"](of, 1_000_000)
    # 3 / 0.6; 6 for one copy, 12 for three, / 0.6; (9 + 0.3) / 0.6 = 15.5.
    assert (found.producers, found.brokers, found.workers) == (5, 20, 16)
    # 34 MB/s for 604,800 s, three times; 4,000 windows a second of 80 bytes for 90 days.
    assert found.kafka_bytes == 61_689_600_000_000
    assert found.window_bytes == 2_488_320_000_000


def test_of_systems_that_follow_the_events_those_with_wrong_windows_are_told_and_not_drawn(
    module: Module,
) -> None:
    bench = module("following")
    delays = {"median_s": 0.254, "max_s": 2.5, "ends": 60}
    used = {"processors": 0.333, "memory_mib": 1024}
    rows = [
        {
            "system": system,
            "found": {"windows": 6000, "differences": wrong, "delays": delays},
            **used,
        }
        for system, wrong in [("job", []), ("jet", ["1 missing"])]
    ]
    page = bench["follow"](bench["Run"]({}, [*rows, {"system": "flink", "found": None, **used}]))
    assert 'x-axis ["job"]' in page
    assert "name | 0.25 | 2.50 | 60 | 0.33 | 1,024 | 6,000, all right |" in page
    assert "name | 0.25 | 2.50 | 60 | 0.33 | 1,024 | 6,000, 1 missing |" in page
    assert "committed |  |  |  | 0.33 | 1,024 | none |" in page


def test_an_older_version_is_compared_at_each_rate_and_aims_are_judged_by_the_ratio(
    module: Module,
) -> None:
    bench = module("long_runs")

    def row(variant: str, rate: int, median_s: float, p99_s: float) -> dict[str, Any]:
        delays = {"median_s": median_s, "p99_s": p99_s, "ends": 300}
        return {
            "variant": variant, "events_per_second": rate, "processors": 0.5,
            "batches_a_minute": 30.0, "from_kill_to_file_s": 12.0,
            "delays": {"window_end_to_file": delays, "window_end_to_page": delays},
        }  # fmt: skip

    rows = [
        *(row("1234567", rate, 2.0, 4.0) for rate in (10, 1000)),
        *(row("HEAD", rate, 1.0, 2.8) for rate in (10, 1000)),
    ]
    page = bench["versions"](bench["Run"]({"commit": "89abcde"}, rows))
    assert "Version `1234567`" in page
    assert "version `89abcde`" in page
    for rate in ("10", "1,000"):
        assert f"| {rate} | end to file, median, s | 2.00 | 1.00 | 0.50 | 0.55: reached |" in page
        assert f"| {rate} | end to page, p99, s | 4.00 | 2.80 | 0.70 | 0.65: missed |" in page
        assert f"| {rate} | processors of the job | 0.50 | 0.50 | 1.00 | 1.25: reached |" in page
    assert "at least 300." in page


def test_of_many_symbols_the_last_quarter_is_told_and_what_ended_it(
    module: Module,
) -> None:
    bench = module("long_runs")
    used = {f"{it} CPU %": [0, 0, 0, 50.0, 60.0, 0] for it in ("gateway", "producer", "kafka")}
    figures = {
        **used,
        "spark-job CPU %": [0, 0, 0, 80.0, 90.0, 0],
        "spark-job MiB": [1000.0, 1100.0, 1200.0, 1300.0, 1400.0, 0],
        "gateway MiB": [90, 91, 92, 93.4, 95, 0],
        "gateway lag s": [0, 0, 0, 0.46, 9, 0],
        "lag events": [0, 0, 0, 250_000.0, 300_000, 0],
        "batch ms": [0, 0, 0, 1500.0, 3000, 0],
    }
    row = {
        "symbols": "32000", "minutes": 30.0, "figures": figures,
        "delays": {"median_s": 1.234, "p99_s": 5.0}, "faults": ["the job does not keep up"],
    }  # fmt: skip
    page = bench["symbols"](bench["Run"]({"processors": 2}, [row]))
    assert (
        "| 32,000 | 250,000 | 1.50 | 1.23 | 5.00 | 0.80 | 0.50 | 0.50 | 0.50 | 2.30"
        " | 1,000, 1,100, 1,200, 1,300 | 1,400 | 93 | 0.5 | the job does not keep up |"
    ) in page
    assert "took 2.30 of the machine's 2 processors" in page


def test_windows_that_end_together_count_as_one_delay_and_few_delays_have_no_percentile(
    module: Module, tmp_path: Path
) -> None:
    bench = module("latency")
    folder = tmp_path / "aggregates/window_date=2026-03-02"
    folder.mkdir(parents=True)
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for name, seconds, written_s in [("a", [0, 0, 5], 6.5), ("b", [5, 5], 7)]:
        ends = [noon + timedelta(seconds=it) for it in seconds]
        path = folder / f"{name}.parquet"
        parquet.write_table(pa.table({"window_end": ends}), path)
        os.utime(path, (noon.timestamp() + written_s,) * 2)
    assert sorted(bench["file_delays"](tmp_path, noon)) == [2, 6.5]  # of 12:00:05 and 12:00:00
    assert bench["summary"]([2, 6.5], "ends") == {"median_s": 4.25, "max_s": 6.5, "ends": 2}
    assert "p99_s" not in bench["summary"]([1.0] * 99)
    assert bench["summary"]([1.0] * 100)["p99_s"] == 1


def test_of_older_rows_that_count_each_symbol_the_page_says_how_many_ends_they_are(
    module: Module,
) -> None:
    sections = module("sections")
    windows = {"median_s": 0.49, "p99_s": 0.74, "max_s": 0.74, "n": 45}
    newer = {"median_s": 0.71, "max_s": 1.01, "ends": 8}
    trades = {"median_s": 0.38, "p99_s": 1.01, "max_s": 1.08, "n": 3456}
    delays = {
        "window_end_to_file": windows,
        "window_end_to_page": newer,
        "broker_to_pixels": trades,
    }
    row = {
        "events_per_second": 1000, "variant": "HEAD", "delays": delays, "processors": 0.3,
        "batches_a_minute": 36, "from_kill_to_file_s": 14,
    }  # fmt: skip
    page = sections["delay"](sections["Run"]({}, [row]))
    assert "its file | 0.49 |  | 0.74 | 9 ends of windows |" in page
    assert "the page | 0.71 |  | 1.01 | 8 ends of windows |" in page
    assert "ten pages open | 0.38 | 1.01 | 1.08 | 3,456 trades shown |" in page
    assert page.endswith("It was 1.01 s at 1,000 events/s (missed).")


# What is set and not measured: intervals, limits, and the loads of which a text speaks.
NOT_MEASURED = {
    "CONTRIBUTING.md": {"5 s"},
    "README.md": {"5.6 GiB", "24 GiB", "30 s"},
    "bench/README.md": {"1,000 events/s", "20,000 events/s", "50 ms"},
    "bench/drain/README.md": {
        *("60 s", "5 s", "3 GiB", "1.5 GiB", "10 s", "4 MiB", "0.1 s", "45 s"),
        *("64 KiB", "1 MiB", "256 MiB", "1,000 events/s", "0.2 s", "10 ms"),
    },
    "bench/producer/README.md": {"256 MiB"},
    "bootstrap/README.md": {"15 s"},
    "contracts/README.md": {"64 KiB", "60 s", "30 s"},
    "docs/architecture.md": {"50 ms"},
    "docs/decisions/0009-events-go-in-blocks.md": {"5 ms"},
    "docs/decisions/0012-the-dashboard-holds-bars.md": {"5 s"},
    "docs/decisions/0013-hours-become-files.md": {"5 s"},
    "docs/decisions/0014-a-batch-is-bounded.md": {"3 GiB"},
    "docs/decisions/0019-rows-out-of-order-are-sorted-by-duckdb.md": {"256 MiB"},
    "docs/decisions/0020-a-source-of-our-own.md": {"50 ms", "4 MiB"},
    "docs/decisions/0021-a-batch-grows-with-what-it-learns.md": {"384 MiB"},
    "docs/decisions/0028-final-windows-are-records-too.md": {"16 MiB"},
    "docs/decisions/0032-one-reader-of-the-dataset.md": {"1 MiB", "24 MiB"},
    "docs/decisions/0034-a-page-is-refreshed-by-what-is-new.md": {"0.2 s", "10 s"},
    "docs/operations.md": {"10 MB", "30 s"},
    "docs/reliability.md": {
        *("300 s", "20,000 events/s", "1 MB", "1,000 events/s", "50 s", "200 ms", "64 KiB"),
        *("30 s", "250 MiB"),  # the last is what a test allows
    },
    "services/dashboard/README.md": {"10 s", "20 s"},
    "services/debug-consumer/README.md": {"10 s"},
    "services/gateway/README.md": {"32 MiB", "4 MiB", "64 KiB"},
    "services/producer/README.md": {"64 MiB"},
    "services/spark-job/README.md": {"5 s", "30 s", "384 MiB", "10 s", "180 s", "120 s"},
    "tests/README.md": {"1 MB", "1,000 events/s", "20,000 events/s"},
}
# It is written from the results but for the single runs that its tables of faults say they are of.
WITH_SINGLE_RUNS = "docs/scaling.md"


@pytest.mark.parametrize(
    "path", [it for it in (*DOCUMENTS, ".env.example") if it != WITH_SINGLE_RUNS]
)
def test_what_was_measured_stands_on_the_page_of_figures_alone(path: str) -> None:
    text = re.sub(r"`[^`]*`", "", (CHECKOUT / path).read_text())
    units = r"(?:[mµn]?s|[KMG]i?B|kB|%|(?:events|records)?/s)(?!\w)"
    figures = set(re.findall(rf"\d[\d,.]* ?{units}", text))
    assert figures == NOT_MEASURED.get(path, set())


def test_the_machine_to_rent_has_room_for_open_pages(module: Module) -> None:
    bench = module("rented")
    taken = {"events_per_second": 10, "processors": 0.5}
    rows = [
        {"service": "dashboard", "memory_mib": 100, **taken},
        {"service": "spark-job", "memory_mib": 3100, **taken},
    ]
    pages = [{"data": "--days 30"}, {"rss_mib": 250}, {"rss_mib": 240}]
    page = bench["cost"](bench["Run"]({}, rows), bench["Run"]({}, pages))
    # 3,200 MiB without a page fit into 80 % of 4 GiB; with pages it is 3,350 MiB, 3.27 GiB.
    assert "| **all** | **1.00**; **3,200** |" in page
    assert "3.27 / 0.8 = 4.09 | 4 processors, 8 GiB |" in page


def test_the_machine_to_rent_is_the_smallest_with_room(module: Module) -> None:
    machine_for = module("rented")["machine_for"]
    # 60 % of two processors, 80 % of 4 GiB: 1.2 and 3276.8 MiB.
    assert machine_for(1.2, 3276) == (2, 4, 4.5)
    assert machine_for(1.21, 100) == machine_for(0.1, 3277) == (4, 8, 7.5)
    assert machine_for(99, 1) is None
