"""What can go wrong, each with one line for a person; `__main__` maps it to an exit code."""


class TopicMissingError(Exception):
    """The broker answers, and does not have the topic: wrong use."""


class BrokerError(Exception):
    """The broker was not reached, or broke off for good."""
