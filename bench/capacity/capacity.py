"""What so many events a second take, worked out from what was measured: `python3 capacity.py`.

Prints the table of ``docs/scaling.md``. What is called measured was so in runs before those of
``docs/performance.md``, on a machine that others used less. Prices are inputs: put in your own.
"""

import math
from typing import NamedTuple

# Measured, on processors of the tables that are named; seconds of one processor for each event.
PRODUCER_S = 2.8e-6  # bench/producer, synthetic
BROKER_S = 5.1e-6  # soak of 20,000 symbols: 10.2 % of one at 20,000 events/s, two readers
JOB_S = 8.6e-6  # bench/drain, the fourth drain
JOB_STEADY = 0.47  # bench/delay: the job's processors where hardly anything comes
STATE_BYTES = 1250  # the same soak: 25 MB for 20,000; of a symbol
# Worked out on made-up data, not measured in a running stack.
EVENT_BYTES = 34  # of 221, by LZ4 over 5,000 events at once
WINDOW_BYTES = 80  # a window's row in a Parquet file of 20,000
# Requests that cost as writing does (PUT and listings), and others: tests/test_object_store.py.
JOB_BATCH = (4, 5)
PAGE_BATCH = (1, 6)
PAGE_LOOKS_PER_S = 2

# Decided.
USED = 0.6  # of the processors that are there: a burst, and a part that is lost, need the rest
REPLICAS = 3
COPIES_WORK = 2.0  # assumed: to take in and hand on copies costs as much again as the first
DISK_USED = 0.8
KAFKA_DAYS, WINDOW_DAYS = 7, 90
SLIDE_S = 5.0
SHARD_EVENTS_PER_S = 1_000_000  # of one job: 3,000,000 records a batch at most, one every 2 s
PARTITION_EVENTS_PER_S = 50_000
OTHER_PROCESSORS = 4  # the driver, the page, and what coordinates

# Prices in dollars: AWS's for us-east-1 (m7g, S3 Standard) as others published them in June 2026;
# those of a disk (gp3) and of a euro were not looked up.
EUR = 0.87
PROCESSOR_HOUR = 0.0408
DISK_GB_MONTH = 0.08
STORE_GB_MONTH = 0.023
WRITE_REQUEST, READ_REQUEST = 5e-6, 4e-7
ZONE_GB = 0.02  # a byte that goes from one zone to another, counted on both sides

MONTH_S = 730 * 3600
GB = 1e9


class Need(NamedTuple):
    """What a rate takes: processors, bytes, and dollars a month."""

    shards: int
    partitions: int
    producers: int
    brokers: int
    workers: int
    others: int
    state_bytes: float
    kafka_bytes: float
    window_bytes: float
    requests: tuple[float, float]
    zone_bytes: float

    @property
    def dollars(self) -> dict[str, float]:
        """Give what each part costs a month."""
        processors = self.producers + self.brokers + self.workers + self.others
        writes, reads = self.requests
        return {
            "processors": processors * PROCESSOR_HOUR * 730,
            "brokers' disks": self.kafka_bytes / DISK_USED / GB * DISK_GB_MONTH,
            "between zones": self.zone_bytes / GB * ZONE_GB,
            "windows in the store": self.window_bytes / GB * STORE_GB_MONTH,
            "requests": writes * WRITE_REQUEST + reads * READ_REQUEST,
        }


def need(events_per_s: float, symbols: int, kafka_days: float = KAFKA_DAYS) -> Need:
    """Work out what a rate of events of so many symbols takes."""
    shards = math.ceil(events_per_s / SHARD_EVENTS_PER_S)
    in_bytes = events_per_s * EVENT_BYTES
    batches = MONTH_S / SLIDE_S * shards
    looks = PAGE_LOOKS_PER_S * MONTH_S * shards
    written, read = (job + page for job, page in zip(JOB_BATCH, PAGE_BATCH, strict=True))
    return Need(
        shards=shards,
        partitions=math.ceil(events_per_s / PARTITION_EVENTS_PER_S),
        producers=_processors(events_per_s * PRODUCER_S),
        brokers=_processors(events_per_s * BROKER_S * COPIES_WORK),
        workers=_processors(events_per_s * JOB_S + shards * JOB_STEADY),
        others=OTHER_PROCESSORS * shards,
        state_bytes=symbols * STATE_BYTES,
        kafka_bytes=in_bytes * kafka_days * 86_400 * REPLICAS,
        window_bytes=symbols / SLIDE_S * WINDOW_BYTES * WINDOW_DAYS * 86_400,
        requests=(batches * written, batches * read + looks),
        # Each copy leaves its zone, and two readers in three are in another.
        zone_bytes=in_bytes * MONTH_S * (REPLICAS - 1 + 2 / 3),
    )


def _processors(busy: float) -> int:
    return math.ceil(busy / USED)


def table(columns: dict[str, Need]) -> str:
    """Write it as Markdown."""
    needs = columns.values()
    rows = {
        "jobs, each with a topic and a dataset": [f"{it.shards:,}" for it in needs],
        "partitions": [f"{it.partitions:,}" for it in needs],
        "processors: producers": [f"{it.producers:,}" for it in needs],
        "processors: brokers": [f"{it.brokers:,}" for it in needs],
        "processors: workers": [f"{it.workers:,}" for it in needs],
        "processors: drivers, pages and the rest": [f"{it.others:,}" for it in needs],
        "state, MB": [f"{it.state_bytes / 1e6:,.0f}" for it in needs],
        "on the brokers' disks, TB": [f"{it.kafka_bytes / 1e12:,.1f}" for it in needs],
        f"windows of {WINDOW_DAYS} days, TB": [f"{it.window_bytes / 1e12:,.1f}" for it in needs],
        "requests a month, millions (writing; others)": [
            f"{it.requests[0] / 1e6:,.1f}; {it.requests[1] / 1e6:,.1f}" for it in needs
        ],
    }
    for part in next(iter(needs)).dollars:
        rows[f"€ a month: {part}"] = [f"{it.dollars[part] * EUR:,.0f}" for it in needs]
    rows["**€ a month**"] = [f"**{sum(it.dollars.values()) * EUR:,.0f}**" for it in needs]
    lines = [f"| | {' | '.join(columns)} |", f"| --- |{' --- |' * len(columns)}"]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
    return "\n".join(lines)


COLUMNS = {
    "20,000 events/s": need(20_000, 20_000),
    "1 million": need(1_000_000, 20_000),
    "1 million, Kafka keeps a day": need(1_000_000, 20_000, kafka_days=1),
    "100 million, Kafka keeps a day": need(100_000_000, 20_000, kafka_days=1),
}

if __name__ == "__main__":
    print(table(COLUMNS))  # noqa: T201 - what it is for
