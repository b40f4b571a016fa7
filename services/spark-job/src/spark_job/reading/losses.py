"""Which records Kafka does not have any more."""

from spark_job.reading.offset_log import Offsets


def expired(unread: Offsets, earliest: Offsets) -> list[str]:
    """Say what is gone of partitions that are unread from an offset on."""
    return [
        f"partition {partition}: offsets {offset} to {earliest[partition] - 1}"
        f" ({earliest[partition] - offset} records) expired before they were read"
        for partition, offset in unread.items()
        if offset < earliest.get(partition, 0)
    ]


def cut_off(read: Offsets, latest: Offsets) -> list[str]:
    """Say what is gone of records that were read, up to an offset of each partition.

    A broker that ends without writing all to its disk may have lost the last of a log.
    """
    return [
        f"Kafka has lost records of partition {partition} that had been read (offsets"
        f" {latest.get(partition, 0)} to {offset - 1}), which open windows may lack"
        for partition, offset in read.items()
        if offset > latest.get(partition, 0)
    ]
