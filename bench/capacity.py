"""What a rate of events needs, estimated from the rows in ``bench/results``.

Assumptions that no benchmark measures are constants here, with their sources. Replace the prices by
your own.
"""

import math
from pathlib import Path
from statistics import median
from typing import NamedTuple

from backlog import drained
from long_runs import last
from results import read

# Measured by `make soak` with 20,000 symbols, each with a quote a second.
STATE_BYTES = 1250  # per symbol: 25 MB in all
# Computed on synthetic data, not measured in a running stack.
WINDOW_BYTES = 80  # per row of a Parquet file with 20,000
# Requests at the price of writing (PUT and listings), and others: tests/test_object_store.py.
JOB_BATCH = (4, 5)
PAGE_BATCH = (1, 6)
PAGE_LOOKS_PER_S = 2

# Chosen.
USED = 0.6  # share of the processors: the rest is for bursts and for the loss of a part
REPLICAS = 3
COPIES_WORK = 2.0  # assumed: replication costs as much again as the first copy
DISK_USED = 0.8
KAFKA_DAYS, WINDOW_DAYS = 7, 90
SLIDE_S = 5.0
SHARD_EVENTS_PER_S = 1_000_000  # of one job: 3,000,000 records a batch at most, one every 2 s
PARTITION_EVENTS_PER_S = 50_000
JOB_MIB = 3072  # the limit of the job's container in compose.yaml
OTHER_PROCESSORS = 4  # the driver, the page, ZooKeeper and so on

# Prices in dollars: AWS's for us-east-1 (m7g, S3 Standard), from third parties in June 2026; those
# of disks (gp3) and of a euro were not looked up.
EUR = 0.87
PROCESSOR_HOUR = 0.0408
DISK_GB_MONTH = 0.08
STORE_GB_MONTH = 0.023
WRITE_REQUEST, READ_REQUEST = 5e-6, 4e-7
ZONE_GB = 0.02  # between two zones, charged on both sides

MONTH_S = 730 * 3600
GB = 1e9
RATE = 20_000  # events a second, at which broker and gateway were measured
MILLION = 1_000_000


class Measured(NamedTuple):
    """Processor seconds per event, or processors, as measured by the benchmarks.

    Also the bytes per event on the broker's disk, and the memory of the job's container with the
    most symbols that were drained, in MiB. The gateway's are at `RATE`, of 100 symbols and of as
    many as events a second.
    """

    producer_s: float
    producer_rate: float
    broker_s: float
    event_bytes: float
    job_s: float
    job_at_rest: float
    job_at_rate: float
    gateway_at_rate: float
    gateway_of_many: float
    most_symbols: int
    most_symbols_mib: int


def measured(folder: Path) -> Measured:
    """Read the inputs from the benchmarks' results."""
    runs = read(folder)
    many = next(it for it in read(folder / "long")["symbols"].rows if int(it["symbols"]) == RATE)
    producer = next(it for it in runs["producer"].rows if it["name"] == "producer, synthetic")
    taken = {
        it["service"]: it["processors"]
        for it in runs["cost"].rows
        if it["events_per_second"] == RATE and "service" in it
    }
    published = next(
        it
        for it in runs["cost"].rows
        if it["events_per_second"] == RATE and "published_per_second" in it
    )
    largest = max(
        (it for it in runs["sizes"].rows if it["state_store"] == "memory"),
        key=lambda it: it["symbols"],
    )
    jobs = [it.drains[-1] for it in drained(runs["rounds"].rows) if it.key == "job"]
    return Measured(
        producer_s=producer["cpu_us_per_event"] / 1e6,
        producer_rate=producer["events_per_second"],
        broker_s=taken["kafka"] / published["published_per_second"],
        event_bytes=published["kafka_bytes_per_event"],
        job_s=median(it["cpu_us_per_record"] for it in jobs) / 1e6,
        job_at_rest=min(it["processors"] for it in runs["delay"].rows),
        job_at_rate=taken["spark-job"],
        gateway_at_rate=next(
            it["processors"] for it in runs["gateway"].rows if it["readers"] == 0 and "status" in it
        ),
        gateway_of_many=last(many, "gateway CPU %") / 100,
        most_symbols=largest["symbols"],
        most_symbols_mib=largest["drain"]["peak_mib"],
    )


class Need(NamedTuple):
    """What a rate needs: processors, bytes, and dollars a month."""

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


def need(
    of: Measured, events_per_s: float, symbols: int = 20_000, kafka_days: float = KAFKA_DAYS
) -> Need:
    """Estimate what a rate of events with so many symbols needs."""
    shards = math.ceil(events_per_s / SHARD_EVENTS_PER_S)
    in_bytes = events_per_s * of.event_bytes
    batches = MONTH_S / SLIDE_S * shards
    looks = PAGE_LOOKS_PER_S * MONTH_S * shards
    written, read = (job + page for job, page in zip(JOB_BATCH, PAGE_BATCH, strict=True))
    return Need(
        shards=shards,
        partitions=math.ceil(events_per_s / PARTITION_EVENTS_PER_S),
        producers=_processors(events_per_s * of.producer_s),
        brokers=_processors(events_per_s * of.broker_s * COPIES_WORK),
        workers=_processors(events_per_s * of.job_s + shards * of.job_at_rest),
        others=OTHER_PROCESSORS * shards,
        state_bytes=symbols * STATE_BYTES,
        kafka_bytes=in_bytes * kafka_days * 86_400 * REPLICAS,
        window_bytes=symbols / SLIDE_S * WINDOW_BYTES * WINDOW_DAYS * 86_400,
        requests=(batches * written, batches * read + looks),
        # Each further copy goes to another zone, and so do two thirds of what is read.
        zone_bytes=in_bytes * MONTH_S * (REPLICAS - 1 + 2 / 3),
    )


def _processors(busy: float) -> int:
    return math.ceil(busy / USED)
