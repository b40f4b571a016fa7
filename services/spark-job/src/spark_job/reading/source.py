"""Reads the topic, as the planner says: with a source of the project's own, in `java/`."""

from typing import Any

from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import DataFrame, SparkSession

from contracts.kafka import Kafka
from spark_job.reading.planner import Planner

_FORMAT = "marketdata.kafka.BlockSource"
_PLANNER = "aggregates"

FETCH = {
    "kafka.max.poll.records": 10_000,
    "kafka.max.partition.fetch.bytes": 4 << 20,
    "kafka.fetch.max.bytes": 8 << 20,
    "kafka.receive.buffer.bytes": 4 << 20,
    "kafka.fetch.max.wait.ms": 5,
}
"""A poll takes everything that a fetch brought, so that the next fetch runs while it is processed.

The source itself takes fewer records that are large when decompressed: some 4 MB. The short wait is
because after a batch's last record there may be none yet, and the next batch would have to wait for
the broker's answer.
"""


def read_topic(session: SparkSession, kafka: Kafka, topic: str, planner: Planner) -> DataFrame:
    """Stream a topic in blocks: columns as `spark_job.reading.blocks.BLOCK`."""
    _register(session, planner)
    return (
        session.readStream.format(_FORMAT)
        .options(**{f"kafka.{name}": value for name, value in kafka.for_java().items()})
        .option("topic", topic)
        .option("planner", _PLANNER)
        .options(**FETCH)
        .load()
    )


def _register(session: SparkSession, planner: Planner) -> None:
    """Let the JVM call the planner, as `foreachBatch` lets it call the sink."""
    context: Any = session.sparkContext
    ensure_callback_server_started(context._gateway)  # type: ignore[no-untyped-call]  # noqa: SLF001
    context._jvm.marketdata.kafka.Planner.register(_PLANNER, planner)  # noqa: SLF001
