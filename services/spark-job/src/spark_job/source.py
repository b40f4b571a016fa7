"""Reads the topic."""

from pyspark.sql import DataFrame, SparkSession

RECORD_COLUMNS = ("value", "timestamp", "partition", "offset")

FETCH = {
    "kafka.max.poll.records": 10_000,
    "kafka.max.partition.fetch.bytes": 4 << 20,
    "kafka.receive.buffer.bytes": 4 << 20,
}
"""A poll takes all that a fetch brought, so that the next is under way while this is worked on."""


MOST_RECORDS = 500_000
"""So many records of a topic of one partition make a batch at most, whatever the backlog."""


def read_topic(
    session: SparkSession,
    bootstrap_servers: str,
    topic: str,
    *,
    fail_on_data_loss: bool = True,
    most_records: int | None = None,
) -> DataFrame:
    """Stream a topic from its earliest offset, or from where the checkpoint says.

    A batch takes in all that is there, or `most_records`.

    Columns: ``value`` (binary, null for a tombstone), ``timestamp`` (Kafka's), ``partition`` (int),
    ``offset`` (long).
    """
    limit = {} if most_records is None else {"maxOffsetsPerTrigger": most_records}
    return (
        session.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap_servers)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option(
            "fetchOffset.numRetries", 30
        )  # a second each: a broker that restarts is back by then
        .option("failOnDataLoss", fail_on_data_loss)
        .options(**FETCH, **limit)
        .load()
        .select(*RECORD_COLUMNS)
    )
