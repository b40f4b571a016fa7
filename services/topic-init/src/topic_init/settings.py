"""What the environment says."""

from pydantic import Field

from contracts.kafka import KafkaSettings
from contracts.topics import RAW_EVENTS, RAW_EVENTS_PATTERN

_COUNT = "a whole number from 1 to 999"


class TopicInitSettings(KafkaSettings):
    """How the brokers are reached, and how much of everything there is to be."""

    kafka_topic: str = Field(
        RAW_EVENTS, pattern=RAW_EVENTS_PATTERN, description="the name of a topic"
    )
    kafka_partitions: int = Field(1, ge=1, le=999, description=_COUNT)
    kafka_replicas: int = Field(1, ge=1, le=999, description=_COUNT)
