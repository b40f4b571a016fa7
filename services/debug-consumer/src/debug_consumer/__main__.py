"""The command ``debug-consumer``: options, signals, exit codes."""

import asyncio
import logging
import os
import re
import signal
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from math import isfinite
from typing import Annotated, cast

import typer
from rich.console import Console

from contracts.settings import SettingError, load
from debug_consumer.broker import open_topic
from debug_consumer.errors import BrokerError, TopicMissingError
from debug_consumer.follow import Follower, Limits, View
from debug_consumer.judge import judge_for
from debug_consumer.lines import LineView, json_line, text_line
from debug_consumer.live import LiveView
from debug_consumer.settings import TOPIC, TOPIC_PATTERN, DebugConsumerSettings
from debug_consumer.summary import Summary, json_summary, text_summary
from debug_consumer.tally import ExitCode

NAME = "debug-consumer"
PIPE_CLOSED = 128 + signal.SIGPIPE
"""As any program that writes on to a reader that is gone (``| head``)."""


class Format(StrEnum):
    """How to write."""

    TEXT = "text"
    JSON = "json"


def _seconds(value: float | None) -> float | None:
    if value is not None and not (isfinite(value) and value > 0):
        raise typer.BadParameter("takes a number of seconds over 0")
    return value


def _topic_name(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(TOPIC_PATTERN, value):
        raise typer.BadParameter(f"takes {TOPIC}")
    return value


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def debug_consumer(
    *,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Begin with the oldest record, not with now.")
    ] = False,
    max_events: Annotated[
        int | None, typer.Option(min=1, help="End after so many records, of whatever kind.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(callback=_seconds, metavar="SECONDS", help="End after so long without one."),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            callback=_topic_name,
            help="Another topic than KAFKA_TOPIC: a .dlq, market_windows, market_alerts.",
        ),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to write.")] = Format.TEXT,
) -> int:
    """Follow the topic, validate every record by the contract, and sum up at the end.

    Exit code: 0 all valid, 1 something invalid, 2 wrong use (an unknown topic too), 3 nothing
    arrived, 4 broker not reached.
    """
    settings = load(DebugConsumerSettings)
    topic = topic or settings.kafka_topic
    limits = Limits(max_events, timeout)
    work = _follow(settings, topic, limits, format_, from_beginning=from_beginning)
    summary = asyncio.run(work)
    typer.echo(json_summary(summary) if format_ is Format.JSON else text_summary(summary))
    return summary.exit_code


async def _follow(
    settings: DebugConsumerSettings,
    topic: str,
    limits: Limits,
    format_: Format,
    *,
    from_beginning: bool,
) -> Summary:
    stop = asyncio.Event()
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_, stop.set)
    judge = judge_for(topic, settings.max_future_skew)
    kafka = settings.kafka
    async with open_topic(kafka, topic, stop, from_beginning=from_beginning) as reader:
        with _view(format_, topic) as view:
            follower = Follower(
                reader, judge=judge, view=view, limits=limits, stop=stop, clock=time.monotonic
            )
            return await follower.run(topic)


def _view(format_: Format, topic: str) -> AbstractContextManager[View]:
    if format_ is Format.JSON:
        return nullcontext(LineView(json_line))
    console = Console()
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console, topic, time.monotonic)
    return nullcontext(LineView(text_line))


def main() -> int:
    """Run the command and give its exit code: the one place that maps errors to codes."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)  # what matters comes as an error
    try:
        return cast("int", app(prog_name=NAME, standalone_mode=False))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except typer.TyperException as error:
        return _failed(f"{error.format_message()} (see --help)", ExitCode.WRONG_USE)
    except (SettingError, TopicMissingError) as error:
        return _failed(str(error), ExitCode.WRONG_USE)
    except BrokerError as error:
        return _failed(str(error), ExitCode.BROKER_NOT_REACHED)


def _failed(line: str, code: ExitCode) -> ExitCode:
    typer.echo(f"{NAME}: {' '.join(line.split())}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
