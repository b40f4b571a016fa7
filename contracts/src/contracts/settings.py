"""How a service reads its environment: typed settings, and one line for what cannot be right."""

import re
from datetime import timedelta
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

EXIT_CODE = 2
"""What a service ends with when a setting cannot be right."""

SECRET = "printable ASCII characters without blanks"  # noqa: S105 - what it takes
PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
SERVERS = rf"[^\s:,]+:{PORT}(,[^\s:,]+:{PORT})*"
"""A pattern of ``host:port``, or several with commas between."""
HTTP_SERVER = rf"https?://(\[[0-9A-Fa-f:.]+\]|[^\s:/?#\[\]]+)(:{PORT})?"
"""A pattern of ``http://host:port`` or ``https://host``."""
DURATION = "a number and a unit (milliseconds, seconds, minutes, hours, days), such as 5 seconds"

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(millisecond|second|minute|hour|day)s?")
_UNITS = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "millisecond": timedelta(milliseconds=1),
}


class SettingError(Exception):
    """A setting cannot be right; the text is one line: the setting, what it got, what it takes."""


def parse_duration(value: object) -> timedelta:
    """Read ``5 seconds``, ``1 minute``, …; raises `ValueError` for anything else."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(str(value).strip().lower())
    if match is None:
        raise ValueError(f"takes {DURATION}")
    number, unit = match.groups()
    try:
        return timedelta(**{f"{unit}s": float(number)})
    except OverflowError:
        raise ValueError("is too long") from None


def format_duration(duration: timedelta) -> str:
    """Write one as Spark and a person read it: ``1 minute``, ``2500 milliseconds``."""
    for unit, size in _UNITS.items():
        if duration >= size and not duration % size:
            count = duration // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "0 seconds"


type Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


def _one_word(value: Any) -> Any:
    """Take away blanks around a secret; raises `ValueError` for what cannot stand in a header."""
    secret = value.strip() if isinstance(value, str) else value
    if isinstance(secret, str) and not re.fullmatch(r"[!-~]*", secret):
        raise ValueError(f"takes {SECRET}")
    return secret or None


# No `type`: what cannot be right is told by the field's own annotation, without the secret.
Secret = Annotated[SecretStr | None, BeforeValidator(_one_word)]
"""A key or a token; of nothing but blanks it is None."""


class Settings(BaseSettings):
    """The base of every service's settings.

    A field is the environment variable of its name in capitals; an empty variable counts as unset.
    Outside compose, a file ``.env`` in the working directory serves too. A field's description says
    what it takes: it is what a person reads when the value cannot be right.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )


def load[S: Settings](kind: type[S]) -> S:
    """Read the settings; raises `SettingError` for the first that cannot be right."""
    try:
        return kind()
    except ValidationError as error:
        raise SettingError(_line(kind, error)) from None


def _line(kind: type[Settings], error: ValidationError) -> str:
    first = error.errors()[0]
    if not first["loc"]:  # of several settings together: the message says which
        return str(first["ctx"]["error"])
    name = str(first["loc"][0])
    field = kind.model_fields[name]
    if first["type"] == "missing":  # its input is all the settings together, keys too
        got = "nothing"
    elif SecretStr in (field.annotation, *get_args(field.annotation)):
        got = "a value"
    else:
        got = repr(first["input"])
    return f"{name.upper()}: got {got}, takes {field.description}"
