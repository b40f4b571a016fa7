"""Makes the broker have what there is to be."""

from collections.abc import AsyncIterator

from topic_init.broker import Broker
from topic_init.topics import topics, with_replicas


async def apply(
    broker: Broker, raw_events: str, partitions: int, replicas: int
) -> AsyncIterator[str]:
    """Make topics, add replicas and partitions; yield a line for a person once each is done.

    What there is too much of stays, with a line that says so. Raises `KafkaError`.
    """
    wanted = topics(raw_events, partitions)
    placed = await broker.placed()
    missing = [topic for topic in wanted if topic.name not in placed]
    if missing:
        for name in await broker.create(missing, replicas):
            yield f"Created topic {name}."

    there = [topic for topic in wanted if topic.name in placed]
    counts = [len(brokers) for topic in there for brokers in placed[topic.name].values()]
    if max(counts, default=0) > replicas:
        yield (
            f"{raw_events} is on {max(counts)} brokers, and needs them: start the stack with"
            " compose.brokers.yaml, or wipe all: make reset"
        )
    if min(counts, default=replicas) < replicas:
        names = {topic.name for topic in there}
        ours = {name: it for name, it in placed.items() if name in names or name.startswith("__")}
        await broker.place(with_replicas(ours, replicas))  # Kafka's own too, but nobody else's
        yield f"every partition is on {replicas} brokers now"

    few = [topic for topic in there if len(placed[topic.name]) < topic.partitions]
    if few:
        await broker.add_partitions(few)
        name = few[0].name  # one line speaks for all of them
        yield f"{name} has {partitions} partitions now (before: {len(placed[name])})"
    before = len(placed.get(raw_events, {}))
    if before > partitions:
        yield (
            f"KAFKA_PARTITIONS: got {partitions}, but {raw_events} has {before} and keeps them,"
            " since Kafka takes none away. To have fewer, wipe all: make reset"
        )
