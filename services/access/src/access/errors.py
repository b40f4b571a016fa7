"""What can go wrong, each with one line for a person; `__main__` maps it to an exit code."""


class FileError(Exception):
    """What lies among the certificates and passwords cannot be right: a person has to act."""


class BrokerError(Exception):
    """The broker was not reached, or refused: another attempt may help."""
