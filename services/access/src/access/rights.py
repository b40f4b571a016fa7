"""Who may do what with Kafka: all that is not here is refused."""

from typing import NamedTuple

from confluent_kafka.admin import AclOperation, ResourcePatternType, ResourceType

from contracts.topics import MARKET_ALERTS, MARKET_WINDOWS, dead_letter_topic

_READ = (AclOperation.READ, AclOperation.DESCRIBE)
_WRITE = (AclOperation.WRITE, AclOperation.DESCRIBE)
_ADMINISTER = (
    AclOperation.CREATE,
    AclOperation.DESCRIBE,
    AclOperation.DESCRIBE_CONFIGS,
    AclOperation.ALTER,
    AclOperation.ALTER_CONFIGS,
)

_CLUSTER = "kafka-cluster"
"""What Kafka itself calls the one resource of this type."""

ADMINISTRATOR = "admin"
"""Makes the users; the broker knows it, and refuses it nothing."""


class Right(NamedTuple):
    """What one user may do with one resource."""

    user: str
    operation: AclOperation
    resource: ResourceType
    name: str
    pattern: ResourcePatternType = ResourcePatternType.LITERAL


def rights(topic: str) -> set[Right]:
    """List all rights, where events are in `topic`."""
    refused = dead_letter_topic(topic)
    return {
        *_topics("producer", _WRITE, topic),
        *_topics("spark-job", _READ, topic),
        *_topics("spark-job", _WRITE, refused, MARKET_WINDOWS),
        # Nothing is committed, but the library asks for its group.
        *_rights("spark-job", _READ, ResourceType.GROUP, "spark-job-", prefixed=True),
        *_topics("debug-consumer", _READ, topic, refused, MARKET_WINDOWS, MARKET_ALERTS),
        *_topics("gateway", _READ, topic, MARKET_WINDOWS),
        *_topics("gateway", _WRITE, MARKET_ALERTS),
        *_topics("topic-init", _ADMINISTER, "*"),
        *_rights("topic-init", _ADMINISTER, ResourceType.BROKER, _CLUSTER),
    }


def users(topic: str) -> list[str]:
    """List the users that have rights."""
    return sorted({right.user for right in rights(topic)})


def _topics(user: str, operations: tuple[AclOperation, ...], *names: str) -> set[Right]:
    return {
        right for name in names for right in _rights(user, operations, ResourceType.TOPIC, name)
    }


def _rights(
    user: str,
    operations: tuple[AclOperation, ...],
    resource: ResourceType,
    name: str,
    *,
    prefixed: bool = False,
) -> set[Right]:
    pattern = ResourcePatternType.PREFIXED if prefixed else ResourcePatternType.LITERAL
    return {Right(user, operation, resource, name, pattern) for operation in operations}
