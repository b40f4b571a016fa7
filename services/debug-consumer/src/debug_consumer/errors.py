"""What can go wrong; `debug_consumer.__main__` maps each to its exit code."""


class DebugConsumerError(Exception):
    """The root of all; the text is one line for a person."""


class TopicMissingError(DebugConsumerError):
    """The broker answers, and does not have the topic: wrong use."""


class BrokerError(DebugConsumerError):
    """The broker was not reached, or broke off for good."""
