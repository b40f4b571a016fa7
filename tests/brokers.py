"""Three brokers (`compose.brokers.yaml`): where partitions are, and that all records are there."""

import topic
from events import sequences
from snippets import settings
from stack import SHORT_WINDOWS

QUICKLY_S = 120
SETTINGS = {
    **SHORT_WINDOWS,
    "SYNTHETIC_EVENTS_PER_SECOND": "1000",
    "KAFKA_PARTITIONS": "4",
}
OF_THREE = settings("docs/scaling.md", "COMPOSE_FILE=compose.yaml:compose.brokers")


def placed(stack):
    """Give on which brokers each partition lies."""
    return topic.placed(stack.bootstrap, stack.topic_name())


def all_in_sync(stack):
    """Tell whether each partition is complete on all three brokers."""
    found = placed(stack)
    return len(found) == 4 and all(len(it.in_sync) == 3 for it in found.values())


def all_is_right(stack, runs):
    """Assert that nothing restarted, that windows are right, and that no record is missing."""
    assert stack.restarts() == dict.fromkeys(stack.containers(), 0)
    stack.compose("stop", "producer")
    assert stack.check_windows().doubtful == set()
    found = sequences(stack.records())
    assert len(found) == runs
    for numbers in found.values():
        assert sorted(numbers) == list(range(len(numbers)))
