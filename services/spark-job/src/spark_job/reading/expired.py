"""Which records Kafka removed before they were read."""

from spark_job.reading.offset_log import Offsets


def expired(unread: Offsets, earliest: Offsets) -> list[str]:
    """Say what is gone of partitions that are unread from an offset on."""
    return [
        f"partition {partition}: offsets {offset} to {earliest[partition] - 1}"
        f" ({earliest[partition] - offset} records) expired before they were read"
        for partition, offset in unread.items()
        if offset < earliest.get(partition, 0)
    ]
