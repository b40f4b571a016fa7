"""What the environment says."""

from contracts.kafka import TopicSettings


class AccessSettings(TopicSettings):
    """How the broker is reached, as the administrator, and which topic rights are for."""
