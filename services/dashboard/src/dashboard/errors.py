"""What can go wrong that a person has to hear of."""


class VolumeError(Exception):
    """The folder of aggregates cannot be read; the text says why, in one line."""
