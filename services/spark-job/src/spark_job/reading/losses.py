"""Records that Kafka no longer has: expired before they were read, or lost after."""

from spark_job.reading.offset_log import Offsets
from spark_job.reading.plan import Plan, later


def expired(unread: Offsets, earliest: Offsets) -> list[str]:
    """Say which unread records of partitions, from an offset on, are lost."""
    return [
        f"partition {partition}: offsets {offset} to {earliest[partition] - 1}"
        f" ({earliest[partition] - offset} records) expired before they were read"
        for partition, offset in unread.items()
        if offset < earliest.get(partition, 0)
    ]


def cut_off(read: Offsets, latest: Offsets) -> list[str]:
    """Say which records that were read, up to an offset of each partition, are lost.

    A broker that ends without writing everything to its disk may lose the end of a log.
    """
    return [
        f"Kafka has lost records of partition {partition} that had been read (offsets"
        f" {latest.get(partition, 0)} to {offset - 1}), which open windows may lack"
        for partition, offset in read.items()
        if offset > latest.get(partition, 0)
    ]


class Expiry:
    """Skips records that expired before they were read; reports each once.

    Those before the offsets `known` are reported elsewhere.
    """

    def __init__(self, known: Offsets) -> None:
        self._told = dict(known)

    def without_expired(self, plan: Plan, earliest: Offsets) -> tuple[Plan, list[str]]:
        """Give the plan from the first existing records on, and what is to be reported.

        `earliest` has each partition that the plan reads.
        """
        read = {it: begin for it, begin in plan.begins.items() if begin < plan.offsets[it]}
        first = {it: earliest[it] for it in read}
        texts = expired(later(read, self._told), first)
        self._told |= first
        begins, ends = later(plan.begins, first), later(plan.offsets, first)
        return plan._replace(begins=begins, offsets=ends), texts
