"""What the environment says."""

from pydantic import Field

from contracts.kafka import TopicSettings

_COUNT = "a whole number from 1 to 999"


class TopicInitSettings(TopicSettings):
    """How the brokers are reached, and how much of everything there is to be."""

    kafka_partitions: int = Field(1, ge=1, le=999, description=_COUNT)
    kafka_replicas: int = Field(1, ge=1, le=999, description=_COUNT)
