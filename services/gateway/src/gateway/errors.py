"""What can end the gateway, and the exit code it ends with."""


class InputError(Exception):
    """What was set cannot be used (a port that is taken, say): the gateway ends."""

    exit_code = 2
