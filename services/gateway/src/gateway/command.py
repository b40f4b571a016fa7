"""Reads the settings, runs the gateway, and maps what ended it to an exit code."""

import asyncio
import gc
import logging
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from contracts import volume
from contracts.clock import Clock
from contracts.lock import locked
from contracts.logs import configure
from contracts.open_files import allow_many
from contracts.settings import EXIT_CODE, SettingError, load
from contracts.status import GATEWAY, GatewayDetails, report_failure
from gateway.alerts.delivery.messenger import addresses
from gateway.alerts.delivery.send_test import send_test
from gateway.app import App
from gateway.settings import GatewaySettings

_SEND_TEST = "test-alert"
_ALERTS = volume.ALERTS
_LOOK_AGAIN_S = 1.0
_COLLECT_AFTER = 50_000
"""Objects. What trades and windows are made of is freed without the collector, and much of it stays
for an hour: to look for cycles among it at Python's default of 2,000 takes a tenth of all time."""


def main(arguments: Sequence[str] = ()) -> int:
    """Run the gateway, or with ``test-alert`` send one alert to each address and end.

    0 after a stop that was asked for, or where all addresses took it; 1 where one did not; 2 for
    settings and arguments that cannot be right.
    """
    if arguments and list(arguments) != [_SEND_TEST]:
        print(f"takes {_SEND_TEST}, or nothing", file=sys.stderr)  # noqa: T201 - for a person
        return EXIT_CODE
    try:
        settings = load(GatewaySettings)
        configure(GATEWAY, settings.log_level, settings.secrets)
        # These repeat themselves at every attempt; the followers say it once.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        # Of connections that end; what fails while a request is answered is said by `serving`.
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
        if arguments:
            return asyncio.run(_send_test(settings))
        with ExitStack() as until_the_end:
            _wait_for_other(until_the_end)
            allow_many()
            gc.set_threshold(_COLLECT_AFTER)
            asyncio.run(_run(App(settings, Clock())))
    except SettingError as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201 - one line for a person
        if not arguments:  # else the file is that of another, which runs
            details = GatewayDetails(topics={})
            report_failure(volume.STATUS, GATEWAY, str(error), Clock().now(), details)
        return EXIT_CODE
    return 0


async def _run(app: App) -> None:
    """Run the gateway, and once it has stopped end the process."""
    await app.run()
    # What still reads from an object store that does not answer would be waited for, in all its
    # threads: by the loop, the interpreter and the store's library.
    os._exit(0)


def _wait_for_other(until_the_end: ExitStack) -> None:
    """Wait until no other gateway keeps its alerts here; raises `SettingError` where none can."""
    try:
        until_the_end.enter_context(locked(_ALERTS, partial(time.sleep, _LOOK_AGAIN_S)))
    except OSError as error:
        raise SettingError(f"{_ALERTS} cannot be used: {error.strerror}") from None


async def _send_test(settings: GatewaySettings) -> int:
    if not settings.alert_addresses:
        raise SettingError("ALERT_URLS: got nothing, takes addresses as Apprise writes them")
    return await send_test(addresses(settings.alert_addresses), Clock().now())
