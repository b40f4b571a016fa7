"""Times in a request."""

from datetime import datetime

from litestar.exceptions import ValidationException


def aware(name: str, moment: datetime | None) -> datetime | None:
    """Give it back; raises `ValidationException` for one without a time zone."""
    if moment is not None and moment.tzinfo is None:
        raise ValidationException(f"{name}: takes a time with its zone: 2026-01-02T15:04:05Z")
    return moment
