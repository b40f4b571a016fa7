"""Print ``docs/scaling.md`` with its tables about many events updated.

The figures are worked out in ``capacity`` from the rows in ``bench/results``.
"""
# ruff: noqa: RUF001 - the signs of arithmetic

import math
import re
from collections.abc import Iterable
from pathlib import Path

from capacity import (
    COPIES_WORK,
    DISK_USED,
    EUR,
    JOB_BATCH,
    JOB_MIB,
    KAFKA_DAYS,
    MILLION,
    MONTH_S,
    PAGE_BATCH,
    PAGE_LOOKS_PER_S,
    RATE,
    REPLICAS,
    SLIDE_S,
    USED,
    WINDOW_BYTES,
    WINDOW_DAYS,
    Measured,
    Need,
    measured,
    need,
)
from results import table

RESULTS = Path(__file__).parent / "results"
DOCUMENT = Path(__file__).parent.parent / "docs/scaling.md"


def needs(of: Measured) -> str:
    """Write what several rates need, as Markdown."""
    columns = {
        "20,000 events/s": need(of, RATE),
        "1 million": need(of, MILLION),
        "1 million, Kafka keeps a day": need(of, MILLION, kafka_days=1),
        "100 million, Kafka keeps a day": need(of, 100 * MILLION, kafka_days=1),
    }
    found = columns.values()
    rows = {
        "jobs, each with a topic and a dataset": [f"{it.shards:,}" for it in found],
        "partitions": [f"{it.partitions:,}" for it in found],
        "processors: producers": [f"{it.producers:,}" for it in found],
        "processors: brokers": [f"{it.brokers:,}" for it in found],
        "processors: workers": [f"{it.workers:,}" for it in found],
        "processors: drivers, pages and the rest": [f"{it.others:,}" for it in found],
        "state, MB": [f"{it.state_bytes / 1e6:,.0f}" for it in found],
        "on the brokers' disks, TB": [f"{it.kafka_bytes / 1e12:,.1f}" for it in found],
        f"windows of {WINDOW_DAYS} days, TB": [f"{it.window_bytes / 1e12:,.1f}" for it in found],
        "requests a month, millions (writing; others)": [
            f"{it.requests[0] / 1e6:,.1f}; {it.requests[1] / 1e6:,.1f}" for it in found
        ],
    }
    for part in next(iter(found)).dollars:
        rows[f"€ a month: {part}"] = [f"{it.dollars[part] * EUR:,.0f}" for it in found]
    rows["**€ a month**"] = [f"**{sum(it.dollars.values()) * EUR:,.0f}**" for it in found]
    return table(["", *columns], ([name, *cells] for name, cells in rows.items()))


def arithmetic(of: Measured) -> str:
    """Write the arithmetic for a million events a second, as Markdown."""
    it = need(of, MILLION)
    rows = [*_processors(of, it), *_stored(of, it), _requests(it)]
    return table(["", "measured", "worked out"], rows)


def _processors(of: Measured, it: Need) -> list[tuple[str, str, str]]:
    at_rate = RATE * of.job_s + of.job_at_rest
    return [
        (
            "producers",
            (
                f"{of.producer_s * 1e6:.2f} µs of processor time per event; one process reaches"
                f" {of.producer_rate:,}/s"
            ),
            (
                f"1,000,000 × {of.producer_s * 1e6:.2f} µs = {of.producer_s * MILLION:.2f}"
                f" processors, so {it.producers} used to {USED:.0%}, in at least"
                f" {math.ceil(MILLION / of.producer_rate)} processes (`PRODUCER_NAME`)"
            ),
        ),
        (
            "brokers",
            f"{of.broker_s * 1e6:.1f} µs per event at {RATE:,}/s, with two readers and one copy",
            (
                f"× {COPIES_WORK:g} for three copies (assumed) ="
                f" {of.broker_s * MILLION * COPIES_WORK:.1f} processors, {it.brokers}"
            ),
        ),
        (
            "workers",
            (
                f"{of.job_s * 1e6:.2f} µs per event in a drain; {of.job_at_rest:.2f} processors"
                " with hardly any events"
            ),
            (
                f"{of.job_s * MILLION:.2f} + {of.job_at_rest:.2f} ="
                f" {of.job_s * MILLION + of.job_at_rest:.2f} processors, {it.workers}. The same sum"
                f" gives {at_rate:.2f} at {RATE:,} events/s; measured were {of.job_at_rate:.2f}"
            ),
        ),
    ]


def _stored(of: Measured, it: Need) -> list[tuple[str, str, str]]:
    return [
        (
            "brokers' disks",
            (
                f"{of.event_bytes:.0f} bytes per event on the broker's disk at {RATE:,}/s, as zstd"
                " compresses the batches of one producer of 5 symbols; more symbols in a batch,"
                " and real prices, take more (not measured)"
            ),
            (
                f"{of.event_bytes:.0f} MB/s × {REPLICAS} copies × {KAFKA_DAYS} days ="
                f" {it.kafka_bytes / 1e12:.0f} TB, which needs disks of"
                f" {it.kafka_bytes / DISK_USED / 1e12:.0f} TB filled to {DISK_USED:.0%}"
            ),
        ),
        (
            "state",
            f"{it.state_bytes / 1e6:.0f} MB for 20,000 symbols",
            (
                "depends on symbols, not on events. A batch writes what it has changed to the file"
                " system that the workers share"
            ),
        ),
        (
            "windows",
            (
                f"not measured in a store: {WINDOW_BYTES} bytes per row in a Parquet file of"
                " 20,000 synthetic windows"
            ),
            (
                f"20,000 symbols / {SLIDE_S:g} s × {WINDOW_BYTES} bytes ="
                f" {20_000 / SLIDE_S * WINDOW_BYTES / 1e6:.1f} MB/s,"
                f" {it.window_bytes / 1e12:.1f} TB in {WINDOW_DAYS} days"
            ),
        ),
    ]


def _requests(it: Need) -> tuple[str, str, str]:
    written, read = it.requests
    return (
        "requests",
        (
            f"per batch, {JOB_BATCH[0]} that write or list and {JOB_BATCH[1]} others by the job,"
            f" {PAGE_BATCH[0]} and {PAGE_BATCH[1]} by the page; and {PAGE_LOOKS_PER_S} checks of"
            " the page a second"
        ),
        (
            f"{MONTH_S / SLIDE_S:,.0f} batches a month: {written / 1e6:.1f} million of the"
            f" first kind, {read / 1e6:.0f} million others; independent of events and symbols"
        ),
    )


def limits(of: Measured) -> str:
    """Write what breaks first as the rate grows, as Markdown."""
    gateway = (RATE / of.gateway_of_many, RATE / of.gateway_at_rate)
    of_two = (2 * USED - of.job_at_rest) / of.job_s
    disks_tb = need(of, MILLION).kafka_bytes / DISK_USED / 1e12
    rows = [
        (
            f"{' to '.join(map(_about, gateway))} events/s",
            (
                f"**the gateway**, one process that reads every event: {of.gateway_at_rate} of a"
                f" processor at {RATE:,}/s of 100 symbols, {of.gateway_of_many:.2f} of {RATE:,}"
                " symbols"
            ),
            (
                "it skips to the newest events and says so (`skipped`): open windows lack trades."
                " You can stop it (`docker compose stop gateway`): the page then shows final"
                " windows only, and no alerts are sent"
            ),
        ),
        (
            _about(of_two),
            (
                f"two processors for the job alone: (2 × {USED} − {of.job_at_rest:.2f}) /"
                f" {of.job_s * 1e6:.2f} µs"
            ),
            "`compose.cluster.yaml`, on machines of their own",
        ),
        (
            f"{RATE:,} symbols",
            "the gateway again, which keeps live prices and open windows of so many",
            "it has none of others, until one of those has had no trade for a window's length",
        ),
        (
            f"{of.most_symbols:,} symbols",
            (
                f"the memory of the job's container: {of.most_symbols_mib:,} of {JOB_MIB:,} MiB in"
                " a drain, and no less with the state in RocksDB"
            ),
            "a larger `SPARK_DRIVER_MEMORY` and limit in `compose.yaml`, or `compose.cluster.yaml`",
        ),
        (_about(of.producer_rate), "one producer", "several"),
        (
            "1 million",
            f"the brokers' disks: {disks_tb:.0f} TB for the week that Kafka keeps",
            "a shorter retention",
        ),
    ]
    return table(["at", "what", "and then"], rows)


def _about(rate: float) -> str:
    """Round down to ten thousands."""
    return f"{rate // 10_000 * 10_000:,.0f}"


def page(text: str, tables: Iterable[str]) -> str:
    """Replace each table that has the same header."""
    for it in tables:
        heads = re.escape(it.splitlines()[0])
        text, found = re.subn(
            rf"^{heads}\n(?:\|.*\n)+", lambda _, it=it: f"{it}\n", text, flags=re.MULTILINE
        )
        if found != 1:
            raise SystemExit(f"{found} tables begin with {it.splitlines()[0]}")
    return text


if __name__ == "__main__":
    figures = measured(RESULTS)
    tables = (needs(figures), arithmetic(figures), limits(figures))
    print(page(DOCUMENT.read_text(), tables), end="")  # noqa: T201 - what it is for
