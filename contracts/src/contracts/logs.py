"""How a service logs: lines for a person on a terminal, JSON otherwise; never a secret.

An exception is a line that says what and where; its trace, and a text of any length, come only at
the level ``debug``.
"""

import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"
LONGEST = 2000
"""Characters of a text that are shown."""

type Level = Literal["info", "debug"]
LEVELS = "info or debug"

type _Mask = Callable[[str], str]


def configure(service: str, level: Level, secrets: Iterable[str] = ()) -> None:
    """Send structlog's and the standard library's records to standard output, in one shape.

    `secrets` are masked wherever they would appear, in tracebacks too.
    """
    person = sys.stdout.isatty()
    mask = _mask_of(secrets)
    shared: list[Processor] = [
        lambda _, __, line: {**line, "service": service},
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Processor] = (
        # Plain tracebacks: coloured ones break a secret into pieces, and show local variables.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if person
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _brief(mask),
                *render,
                lambda _, __, line: mask(str(line)),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)


def _brief(mask: _Mask) -> Processor:
    """Make one line of an exception and cut long texts, masked before: half a secret is none."""

    def brief(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            return line
        if (error := _exception(line.pop("exc_info", None))) is not None:
            line["exception"] = _what_and_where(error)
        return {key: _cut(value, mask) for key, value in line.items()}

    return brief


def _exception(exc_info: object) -> BaseException | None:
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exception()
    return None


def _what_and_where(error: BaseException) -> str:
    what = " ".join(traceback.format_exception_only(error)[0].split())
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return what
    last = frames[-1]
    return f"{what} ({Path(last.filename).name}:{last.lineno} in {last.name})"


def _cut(value: object, mask: _Mask) -> object:
    if not isinstance(value, str) or len(value) <= LONGEST:
        return value
    return f"{mask(value)[:LONGEST]}… ({len(value)} characters)"


def _mask_of(secrets: Iterable[str]) -> _Mask:
    hidden = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)

    def mask(text: str) -> str:
        for secret in hidden:
            text = text.replace(secret, MASK)
        return text

    return mask


def _forms(secret: str) -> set[str]:
    """Give the texts that a secret may stand as in a line: as it is, in JSON, in an address."""
    shown = repr(secret)[1:-1]
    forms = {secret, shown, quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {written for form in forms for written in (form, json.dumps(form)[1:-1]) if form}
