"""Reads the topic."""

from pyspark.sql import DataFrame, SparkSession

RECORD_COLUMNS = ("value", "timestamp", "partition", "offset")

FETCH = {
    "kafka.max.poll.records": 10_000,
    "kafka.max.partition.fetch.bytes": 4 << 20,
    "kafka.receive.buffer.bytes": 4 << 20,
}
"""A poll takes all that a fetch brought, so that the next is under way while this is worked on."""


def read_topic(
    session: SparkSession, bootstrap_servers: str, topic: str, *, fail_on_data_loss: bool = True
) -> DataFrame:
    """Stream a topic from its earliest offset, or from where the checkpoint says.

    Columns: ``value`` (binary, null for a tombstone), ``timestamp`` (Kafka's), ``partition`` (int),
    ``offset`` (long).
    """
    return (
        session.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap_servers)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option(
            "fetchOffset.numRetries", 30
        )  # a second each: a broker that restarts is back by then
        .option("failOnDataLoss", fail_on_data_loss)
        .options(**FETCH)
        .load()
        .select(*RECORD_COLUMNS)
    )
