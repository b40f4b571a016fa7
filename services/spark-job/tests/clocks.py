"""Time that passes by hand."""


class Clock:
    """A clock in seconds; begins at 0."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s
