"""Reads the topic."""

from pyspark.sql import DataFrame, SparkSession

RECORD_COLUMNS = ("value", "timestamp", "partition", "offset")

FETCH = {
    "kafka.max.poll.records": 10_000,
    "kafka.max.partition.fetch.bytes": 4 << 20,
    "kafka.receive.buffer.bytes": 4 << 20,
    "kafka.fetch.max.wait.ms": 5,
}
"""A poll takes all that a fetch brought, so that the next is under way while this is worked on.

After each poll Spark asks for the partition's offsets, on the connection on which the next fetch is
already waiting: at the end of the partition for ``fetch.max.wait.ms``, half a second by default.
"""

_RETRIES = 30
"""A second each: a broker that restarts is back by then."""

_MOST_UPDATES = 600_000
_FEWEST_RECORDS = 10_000


def most_records(windows_each: int) -> int:
    """Tell how many records may make a batch, where each may be in so many windows of its own.

    The windows that a batch touches are what takes its memory, not its records.
    """
    return max(_FEWEST_RECORDS, _MOST_UPDATES // windows_each)


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
        .option("fetchOffset.numRetries", _RETRIES)
        .option("failOnDataLoss", fail_on_data_loss)
        .options(**FETCH, **limit)
        .load()
        .select(*RECORD_COLUMNS)
    )
