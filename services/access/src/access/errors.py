"""What can go wrong; `access.__main__` maps each to its exit code."""


class AccessError(Exception):
    """The root of all; the text is one line for a person."""


class FileError(AccessError):
    """What lies among the certificates and passwords cannot be right: a person has to act."""


class BrokerError(AccessError):
    """The broker was not reached, or refused: another attempt may help."""
