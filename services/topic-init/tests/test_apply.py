from topic_init.apply import apply

DLQ, WINDOWS, ALERTS = "raw_api_events.dlq", "market_windows", "market_alerts"


class Brokers:
    """What the brokers have, and who is there meanwhile to make topics too."""

    def __init__(self, placed=None, meanwhile=()) -> None:
        self.now = placed or {}
        self.meanwhile = meanwhile

    async def placed(self):
        return {topic: dict(partitions) for topic, partitions in self.now.items()}

    async def create(self, topics, replicas):
        for it in topics:
            self.now[it.name] = {n: [*range(1, replicas + 1)] for n in range(it.partitions)}
        return [it.name for it in topics if it.name not in self.meanwhile]

    async def place(self, wanted):
        for topic, partitions in wanted.items():
            self.now[topic] |= partitions

    async def add_partitions(self, topics):
        for it in topics:
            on = self.now[it.name][0]
            self.now[it.name] |= dict.fromkeys(range(len(self.now[it.name]), it.partitions), on)

    def partitions(self):
        return {topic: len(partitions) for topic, partitions in self.now.items()}


def stack(partitions=1, brokers=(1,)):
    """Give a stack's topics."""
    counts = {"raw_api_events": partitions, DLQ: 1, WINDOWS: partitions, ALERTS: partitions}
    return {topic: {n: [*brokers] for n in range(count)} for topic, count in counts.items()}


async def said(brokers, partitions=1, replicas=1):
    return [line async for line in apply(brokers, "raw_api_events", partitions, replicas)]


async def test_all_are_made_at_a_first_start_and_told() -> None:
    brokers = Brokers()
    assert await said(brokers, 3, 2) == [
        "Created topic raw_api_events.",
        "Created topic raw_api_events.dlq.",
        "Created topic market_windows.",
        "Created topic market_alerts.",
    ]
    assert brokers.now == stack(3, (1, 2))


async def test_where_all_are_there_nothing_is_done_or_told() -> None:
    brokers = Brokers(stack(3))
    assert await said(brokers, 3) == []
    assert brokers.now == stack(3)


async def test_one_that_is_missing_is_made() -> None:
    before = stack()
    del before[ALERTS]
    brokers = Brokers(before)
    assert await said(brokers) == ["Created topic market_alerts."]
    assert brokers.now == stack()


async def test_one_that_somebody_else_makes_meanwhile_is_not_told() -> None:
    brokers = Brokers(meanwhile=[WINDOWS])
    assert "Created topic market_windows." not in await said(brokers)
    assert brokers.now == stack()


async def test_partitions_are_added_to_all_but_the_refused_records_and_told_in_one_line() -> None:
    brokers = Brokers(stack(2))
    assert await said(brokers, 5) == ["raw_api_events has 5 partitions now (before: 2)"]
    assert brokers.partitions() == {"raw_api_events": 5, DLQ: 1, WINDOWS: 5, ALERTS: 5}


async def test_partitions_that_only_another_topic_lacks_are_added_and_told() -> None:
    brokers = Brokers(stack(2) | {"raw_api_events": {n: [1] for n in range(5)}})
    assert await said(brokers, 5) == ["market_windows has 5 partitions now (before: 2)"]
    assert brokers.partitions() == {"raw_api_events": 5, DLQ: 1, WINDOWS: 5, ALERTS: 5}


async def test_too_many_partitions_are_told_and_stay() -> None:
    brokers = Brokers(stack(4))
    (line,) = await said(brokers, 2)
    assert line == (
        "KAFKA_PARTITIONS: got 2, but raw_api_events has 4 and keeps them, since Kafka takes none"
        " away. To have fewer, wipe all: make reset"
    )
    assert brokers.now == stack(4)


async def test_replicas_are_added_to_kafka_s_own_topics_too_and_then_partitions() -> None:
    brokers = Brokers(stack(2) | {"__consumer_offsets": {0: [1]}})
    assert await said(brokers, 3, replicas=3) == [
        "every partition is on 3 brokers now",
        "raw_api_events has 3 partitions now (before: 2)",
    ]
    everywhere = {frozenset(on) for it in brokers.now.values() for on in it.values()}
    assert everywhere == {frozenset({1, 2, 3})}


async def test_replicas_are_added_where_one_topic_lacks_them() -> None:
    brokers = Brokers(stack(2, (1, 2, 3)) | {ALERTS: {0: [2], 1: [1]}})
    assert await said(brokers, 2, replicas=3) == ["every partition is on 3 brokers now"]
    assert brokers.now[ALERTS] == {0: [1, 2, 3], 1: [2, 3, 1]}


async def test_others_topics_are_left_where_they_are() -> None:
    brokers = Brokers(stack(1, (1, 2, 3)) | {"somebody_else_s": {0: [2]}})
    assert await said(brokers, replicas=3) == []
    brokers = Brokers(stack() | {"somebody_else_s": {0: [2]}})
    assert await said(brokers, replicas=3) == ["every partition is on 3 brokers now"]
    assert brokers.now == stack(1, (1, 2, 3)) | {"somebody_else_s": {0: [2]}}


async def test_too_many_replicas_are_told_and_stay() -> None:
    brokers = Brokers(stack(1, (1, 2, 3)))
    (line,) = await said(brokers)
    assert line == (
        "raw_api_events is on 3 brokers, and needs them: start the stack with compose.brokers.yaml,"
        " or wipe all: make reset"
    )
    assert brokers.now == stack(1, (1, 2, 3))
