"""How a service logs: lines for a person on a terminal, JSON otherwise; never a secret."""

import json
import logging
import sys
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"


def configure(service: str, secrets: Iterable[str] = ()) -> None:
    """Send structlog's and the standard library's records to standard output, in one shape.

    `secrets` are masked wherever they would appear, in tracebacks too.
    """
    person = sys.stdout.isatty()
    shared: list[Processor] = [
        _named(service),
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
                *render,
                _masker(secrets),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def _named(service: str) -> Processor:
    def name(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["service"] = service
        return line

    return name


def _masker(secrets: Iterable[str]) -> Processor:
    hidden = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)

    def mask(_: WrappedLogger, __: str, line: EventDict | str) -> str:
        text = str(line)
        for secret in hidden:
            text = text.replace(secret, MASK)
        return text

    return mask


def _forms(secret: str) -> set[str]:
    """Give the texts that a secret may stand as in a line: as it is, in JSON, in an address."""
    shown = repr(secret)[1:-1]
    forms = {secret, shown, quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {written for form in forms for written in (form, json.dumps(form)[1:-1]) if form}
