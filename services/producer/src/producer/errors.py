"""What can end the producer, or its feed."""


class FeedError(Exception):
    """The feed cannot go on: the producer stays, in state ``failed``, and says why."""


class KeyRejectedError(FeedError):
    """The provider rejects the key: nothing more is asked of it until the producer is restarted."""
