"""What the environment says."""

from pydantic import Field

from contracts.kafka import KafkaSettings
from contracts.topics import RAW_EVENTS, RAW_EVENTS_PATTERN


class AccessSettings(KafkaSettings):
    """How the broker is reached, as the administrator, and which topic rights are for."""

    kafka_topic: str = Field(
        RAW_EVENTS, pattern=RAW_EVENTS_PATTERN, description="the name of a topic"
    )
