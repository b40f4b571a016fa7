"""Times of clocks that may be set: of the broker, of producers, and of this machine."""

CLOCK_DISORDER_US = 300_000_000
"""Clocks may differ by this much; a difference of more means that one is set wrongly."""


def is_far_ahead(at_us: int, now_us: int) -> bool:
    """Tell whether a time lies so far ahead of now that it is of a clock that was set back."""
    return at_us > now_us + CLOCK_DISORDER_US


def is_within(at_us: int, now_us: int, length_us: int) -> bool:
    """Tell whether a time was less than so long ago; one that is far ahead of now was not."""
    return now_us - at_us < length_us and not is_far_ahead(at_us, now_us)
