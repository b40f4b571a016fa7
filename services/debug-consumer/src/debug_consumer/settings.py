"""The settings of the debug-consumer."""

from typing import Annotated

from pydantic import Field

from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from contracts.kafka import KafkaSettings
from contracts.settings import DURATION, Duration
from contracts.topics import RAW_EVENTS

TOPIC_PATTERN = r"^[A-Za-z0-9._-]{1,249}$"
TOPIC = "a topic's name: up to 249 letters, digits, dots, dashes and underscores"


class DebugConsumerSettings(KafkaSettings):
    """What the environment says."""

    kafka_topic: Annotated[str, Field(pattern=TOPIC_PATTERN, description=TOPIC)] = RAW_EVENTS
    max_future_skew: Annotated[Duration, Field(description=DURATION)] = DEFAULT_MAX_FUTURE_SKEW
