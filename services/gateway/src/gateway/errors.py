"""What can end the gateway."""


class InputError(Exception):
    """What was set cannot be used (a port that is taken, say): the gateway ends."""
